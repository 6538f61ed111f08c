"""xmlrpc.php of a network: who may log in there, and which sites a user belongs to. After `wp_xmlrpc_server` of 7.2."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.woocommerce_shop.people import People, User
from tests.woocommerce_shop.replies import ApiError
from tests.woocommerce_shop.site import Site
from tests.woocommerce_shop.troubles import HTML

METHOD = "wp.getUsersBlogs"
TYPE = "text/xml; charset=UTF-8"


def answer(request: Request, people: People, sites: Mapping[str, Site], how: str, is_ssl: bool) -> Response:
    """`how`: on; off (a plugin's filter), without (the method taken away), none (no such file), page, or any other text
    to be answered as it is."""
    if how == "none":
        return Response("<title>404 Not Found</title>", 404, content_type=HTML)
    if how == "page":
        return Response("<title>Forbidden</title>Wordfence", 403, content_type=HTML)
    if how == "off":
        return _fault(405, "XML-RPC services are disabled on this site.", 405)
    if how == "without":
        return _fault(-32601, f"server error. requested method {METHOD} does not exist.")
    if how != "on":
        return Response(how, content_type=TYPE)
    (name, password), method = xmlrpc.client.loads(request.get_data())
    assert (request.method, method) == ("POST", METHOD), "it has no answer for anything else"
    user = _logged_in(people, str(name), str(password), is_ssl)
    if user is None:
        return _fault(403, "Incorrect username or password.")
    listed: list[dict[str, Any]] = [
        {
            "isAdmin": user.roles[path] == "administrator",
            "isPrimary": number == 1,
            "url": f"{site.listed_home}/",
            "blogid": str(number),
            "blogName": f"Becher {path}".strip(),
            "xmlrpc": f"{site.listed_home}/xmlrpc.php",
        }
        for number, (path, site) in enumerate(sites.items(), 1)
        if path in user.roles
    ]
    return Response(xmlrpc.client.dumps((listed,), methodresponse=True, encoding="UTF-8"), content_type=TYPE)


def _logged_in(people: People, name: str, password: str, is_ssl: bool) -> User | None:
    try:
        return people.user_of(name, password) if people.have_passwords(is_ssl) else None
    except ApiError:  # the words are kept from whoever guesses
        return None


def _fault(code: int, words: str, status: int = 200) -> Response:
    fault = xmlrpc.client.Fault(code, words)
    return Response(xmlrpc.client.dumps(fault, methodresponse=True, encoding="UTF-8"), status, content_type=TYPE)
