"""Where events come from: our own tracker, and one folder per shop platform.

A platform folder `<p>/` holds, under the same names in every folder:

- `__init__.py`  the object `bootstrap` registers; it satisfies `domain.ports.Source` and keeps no state
- `verify.py`    the webhook signature over the raw bytes, the unsigned ping, which shop headers and body name
- `parse.py`     a table from topic to a function, payload in, facts of `domain.events` out; the only place
                 where `dict[str, Any]` is at home. Raises Unparseable, nothing else
- the API client (`rest.py`, `graphql.py`), `history.py` (imports, page by page), `install.py` (connecting)
- `truth.py`     the look at the shop's own records before a reminder (`domain.truth.TruthCheck`)
- `diagnosis.py` the lines of `tajo connectors test` (`domain.diagnosis.Diagnosis`)

It imports `domain` and the libraries for its job; never another platform, storage, Flask or the settings.

To add a platform: copy the folder of the nearest one, put recorded payloads and the events you expect into
`tests/sources/<p>/`, add one line to `SOURCES` in `bootstrap.py`. The contract tests loop over `SOURCES`.
"""
