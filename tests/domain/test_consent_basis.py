"""Whom we may write to, and on what basis: every sentence about `mail.basis`, one row each."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.consent import EEA, EU, OPT_IN_COUNTRIES, Act, Proofs, allowed_basis, basis_of, observing_mode
from collector.domain.reasons import Reason

from .facts import at

NOBODY = Proofs()
BUYER = Proofs(has_paid_order=True, has_order_since_notice=True, is_confirmed=True)
OLD_BUYER = Proofs(has_paid_order=True, is_confirmed=True)
CONFIRMED = Proofs(is_confirmed=True)
NO = Reason.NO_MAIL_BASIS
OUT = Reason.OPTED_OUT


def act(minutes: float, state: str, name: str = "form:1", source: str = "") -> Act:
    """Forms are pages nobody signed, everything else is the platform's own word."""
    return Act(state, name, source or ("form" if name.startswith("form") else "checkout"), at(minutes))


TICKED = act(0, "opted_in")
SUBSCRIBED = act(0, "opted_in", "customer:1", "shopify")


@pytest.mark.parametrize(
    ("why", "acts", "proofs", "basis", "expected"),
    [
        ("nothing is known", [], NOBODY, "opted_in", NO),
        ("a ticked box", [TICKED], NOBODY, "opted_in", "opted_in"),
        ("the platform's subscribed state", [SUBSCRIBED], NOBODY, "opted_in", "opted_in"),
        ("pending is no", [act(0, "pending", "customer:1")], NOBODY, "opted_in", NO),
        ("no state is no", [act(0, "none", "customer:1")], NOBODY, "opted_in", NO),
        ("an unticked box alone is no", [act(0, "unticked")], NOBODY, "opted_in", NO),
        (
            "pending, then confirmed",
            [act(0, "pending", "c:1"), act(5, "opted_in", "c:1")],
            NOBODY,
            "opted_in",
            "opted_in",
        ),
        ("a tick the platform asks to confirm", [TICKED, act(0, "pending", "customer:1")], NOBODY, "opted_in", NO),
        (
            "a later tick it asks to confirm again",
            [act(0, "pending", "customer:1"), act(5, "opted_in", "order:1")],
            BUYER,
            "opted_in",
            NO,
        ),
        ("the record fell back to pending", [SUBSCRIBED, act(5, "pending", "customer:1")], NOBODY, "opted_in", NO),
        ("the record fell back to nothing", [SUBSCRIBED, act(5, "none", "customer:1")], NOBODY, "opted_in", NO),
        (
            "an older nothing takes nothing back",
            [act(-5, "none", "customer:1"), SUBSCRIBED],
            NOBODY,
            "opted_in",
            "opted_in",
        ),
        ("at the same moment the lower one counts", [SUBSCRIBED, act(0, "none", "customer:1")], NOBODY, "opted_in", NO),
        ("unticked takes back its own act", [TICKED, act(5, "unticked")], NOBODY, "opted_in", NO),
        ("but no other", [TICKED, act(5, "unticked", "form:2")], NOBODY, "opted_in", "opted_in"),
        ("ticked again", [TICKED, act(5, "unticked"), act(9, "opted_in")], NOBODY, "opted_in", "opted_in"),
        ("another act of the record stays", [TICKED, act(5, "none", "customer:1")], NOBODY, "opted_in", "opted_in"),
        ("an opt-out wins", [TICKED, act(5, "opted_out", "customer:1")], NOBODY, "opted_in", OUT),
        ("an opt-out wins over any basis", [act(5, "opted_out", "customer:1")], BUYER, "all", OUT),
        ("an opt-out wins over buying", [act(5, "opted_out", "customer:1")], BUYER, "existing_customers", OUT),
        ("a page's tick never lifts it", [act(0, "opted_out", "brevo"), act(5, "opted_in")], BUYER, "opted_in", OUT),
        (
            "a signed page's does",
            [act(0, "opted_out"), act(5, "opted_in", "form:1", "form_signed")],
            NOBODY,
            "opted_in",
            "opted_in",
        ),
        (
            "so does the platform's later yes",
            [act(0, "opted_out"), act(5, "opted_in", "customer:1")],
            NOBODY,
            "opted_in",
            "opted_in",
        ),
        ("not its earlier one", [SUBSCRIBED, act(5, "opted_out", "brevo")], NOBODY, "opted_in", OUT),
        ("at the same moment the no counts", [SUBSCRIBED, act(0, "opted_out", "brevo")], NOBODY, "opted_in", OUT),
        ("unticked is no opt-out", [act(0, "unticked")], NOBODY, "all", "all"),
        ("buying is no act", [], BUYER, "opted_in", NO),
        ("buying, where customers may be written to", [], BUYER, "existing_customers", "existing_customer"),
        ("looking, where customers may be written to", [], CONFIRMED, "existing_customers", NO),
        ("buying before customers were told of it", [], OLD_BUYER, "existing_customers", NO),
        ("an act is the better basis", [TICKED], BUYER, "existing_customers", "opted_in"),
        ("everybody who never said no", [], NOBODY, "all", "all"),
    ],
)
def test_the_basis_of_an_address(why: str, acts: list[Act], proofs: Proofs, basis: str, expected: str | Reason) -> None:
    assert basis_of(acts, proofs, basis, "claimed") == expected, why


LEFT = act(5, "opted_out", "customer:1", "shopify")
BOX = act(9, "opted_in", "order:1", "checkout")


@pytest.mark.parametrize(
    ("why", "acts", "where_kept", "elsewhere"),
    [
        ("the box of an order, after they left", [SUBSCRIBED, LEFT, BOX], OUT, "opted_in"),
        ("of a checkout", [LEFT, act(9, "opted_in", "checkout:1", "checkout")], OUT, "opted_in"),
        ("after they left by a mail", [act(5, "opted_out", "brevo", "brevo"), BOX], OUT, "opted_in"),
        (
            "the record says yes again",
            [LEFT, BOX, act(9, "opted_in", "customer:1", "shopify")],
            "opted_in",
            "opted_in",
        ),
        ("the page somebody signed in on", [LEFT, act(9, "opted_in", "form:1", "form_signed")], "opted_in", "opted_in"),
        ("an unsigned page", [LEFT, act(9, "opted_in")], OUT, OUT),
        (
            "clicked in the mail that asks",
            [LEFT, act(9, "opted_in", "double_opt_in", "double_opt_in")],
            *["opted_in"] * 2,
        ),
        ("nobody left", [BOX], "opted_in", "opted_in"),
        ("erased, and begun afresh", [act(5, "opted_out", "erased", "erasure"), BOX], "opted_in", "opted_in"),
    ],
)
def test_where_the_platform_keeps_a_record_the_box_of_its_checkout_lifts_nothing(
    why: str, acts: list[Act], where_kept: str | Reason, elsewhere: str | Reason
) -> None:
    assert basis_of(acts, BUYER, "opted_in", "claimed", keeps_a_record=True) == where_kept, why
    assert basis_of(acts, BUYER, "opted_in", "claimed") == elsewhere, why


@pytest.mark.parametrize(
    ("why", "acts", "proofs", "expected"),
    [
        ("a page's word alone waits", [TICKED], NOBODY, NO),
        ("until an order, a record or a signature confirms the address", [TICKED], CONFIRMED, "opted_in"),
        ("a signed page is confirmed by itself", [act(0, "opted_in", "form:1", "form_signed")], NOBODY, "opted_in"),
        ("the platform's record, too", [SUBSCRIBED], NOBODY, "opted_in"),
        ("buying confirms the address and is no tick", [], BUYER, NO),
    ],
)
def test_where_a_tick_needs_a_proof(why: str, acts: list[Act], proofs: Proofs, expected: str | Reason) -> None:
    assert basis_of(acts, proofs, "opted_in", "confirmed") == expected, why


BY_LINK = act(8, "opted_in", "double_opt_in", "double_opt_in")
ASKED = act(6, "pending", "double_opt_in", "double_opt_in")


@pytest.mark.parametrize(
    ("why", "acts", "expected"),
    [
        ("a tick waits for the click", [TICKED], NO),
        ("so does a signed page's", [act(0, "opted_in", "form:1", "form_signed")], NO),
        ("and the box of an order", [act(0, "opted_in", "order:1", "checkout")], NO),
        ("asked, and no answer", [TICKED, ASKED], NO),
        ("clicked", [TICKED, ASKED, BY_LINK], "opted_in"),
        ("the platform's own record is an act by itself", [SUBSCRIBED], "opted_in"),
        ("clicked, and left afterwards", [TICKED, ASKED, BY_LINK, act(9, "opted_out", "brevo", "brevo")], OUT),
        ("left, and clicked afterwards", [act(7, "opted_out", "brevo", "brevo"), BY_LINK], "opted_in"),
        ("left, and ticked again", [ASKED, BY_LINK, act(9, "opted_out", "brevo", "brevo"), act(10, "opted_in")], OUT),
        ("left, and asked again", [BY_LINK, act(9, "opted_out", "brevo", "brevo"), act(10, "pending")], OUT),
    ],
)
def test_where_a_mail_asks_for_a_confirmation(why: str, acts: list[Act], expected: str | Reason) -> None:
    assert basis_of(acts, CONFIRMED, "opted_in", "by_mail") == expected, why


def test_a_click_confirms_what_was_ticked_before_it() -> None:
    assert basis_of([TICKED, BY_LINK], NOBODY, "opted_in", "confirmed") == "opted_in"


@pytest.mark.parametrize(
    ("why", "acts", "proofs", "basis", "expected"),
    [
        ("a page's word", [TICKED], NOBODY, "opted_in", NO),
        ("a page's word, and the address is confirmed", [TICKED], CONFIRMED, "opted_in", NO),
        ("a signed page's word", [act(0, "opted_in", "form:1", "form_signed")], NOBODY, "opted_in", "opted_in"),
        ("the platform's word", [SUBSCRIBED], NOBODY, "opted_in", "opted_in"),
        ("everybody, but nothing is recorded of this one", [], NOBODY, "all", NO),
        ("everybody, and this one bought", [], BUYER, "all", "existing_customer"),
        ("a customer, where customers may be written to", [], BUYER, "existing_customers", "existing_customer"),
        ("a customer, where only acts count", [], BUYER, "opted_in", NO),
        ("opted out", [SUBSCRIBED, act(5, "opted_out", "customer:1")], BUYER, "all", OUT),
    ],
)
def test_where_no_browser_was_observed_only_the_platforms_record_counts(
    why: str, acts: list[Act], proofs: Proofs, basis: str, expected: str | Reason
) -> None:
    assert basis_of(acts, proofs, basis, "claimed", is_recorded_only=True) == expected, why


@pytest.mark.parametrize(
    ("why", "basis", "regions", "country", "expected"),
    [
        ("plain", "opted_in", {}, "US", "opted_in"),
        ("customers in Germany", "existing_customers", {}, "DE", "existing_customers"),
        ("all where it is allowed", "all", {}, "US", "all"),
        ("all is refused in the EU", "all", {}, "DE", "opted_in"),
        ("in the rest of the EEA", "all", {}, "NO", "opted_in"),
        ("in Great Britain", "all", {}, "GB", "opted_in"),
        ("in Switzerland", "all", {}, "CH", "opted_in"),
        ("in Canada", "all", {}, "CA", "opted_in"),
        ("where nobody knows the country", "all", {}, "", "opted_in"),
        ("a country's own", "opted_in", {"US": "all"}, "US", "all"),
        ("and nobody else's", "opted_in", {"US": "all"}, "MX", "opted_in"),
        ("the EU's own", "opted_in", {"EU": "existing_customers"}, "FR", "existing_customers"),
        ("the EEA's for a member of the EU", "opted_in", {"EEA": "existing_customers"}, "FR", "existing_customers"),
        (
            "the EEA's, not the EU's, for Norway",
            "opted_in",
            {"EU": "all", "EEA": "existing_customers"},
            "NO",
            "existing_customers",
        ),
        ("the country before its union", "all", {"EU": "existing_customers", "FR": "opted_in"}, "FR", "opted_in"),
        ("all is refused by its country, too", "opted_in", {"DE": "all"}, "DE", "opted_in"),
        ("a region needs a country", "opted_in", {"EU": "existing_customers"}, "", "opted_in"),
        ("an unknown country has the strictest", "existing_customers", {"DE": "opted_in"}, "", "opted_in"),
    ],
)
def test_the_basis_in_force(why: str, basis: str, regions: dict[str, str], country: str, expected: str) -> None:
    assert allowed_basis(basis, regions, country) == expected, why


@pytest.mark.parametrize(
    ("why", "mode", "regions", "country", "expected"),
    [
        ("plain", "implied", {}, "US", "implied"),
        ("plain, no country known", "implied", {}, "", "implied"),
        ("the EU asks", "implied", {"EU": "required"}, "AT", "required"),
        ("others do not", "implied", {"EU": "required"}, "NO", "implied"),
        ("the country before its union", "required", {"EU": "required", "AT": "implied"}, "AT", "implied"),
        ("an unknown country has the strictest", "implied", {"EU": "required"}, "", "required"),
        ("the general one may be the strictest", "required", {"US": "implied"}, "", "required"),
    ],
)
def test_the_mode_in_force(why: str, mode: str, regions: dict[str, str], country: str, expected: str) -> None:
    assert observing_mode(mode, regions, country) == expected, why


def test_the_unions_have_their_members() -> None:
    assert (len(EU), len(EEA), len(OPT_IN_COUNTRIES)) == (27, 30, 33)


def test_at_one_moment_an_open_question_outweighs_no_word() -> None:
    ticked, asked, silent = (
        act(1, "opted_in", "form:1"),
        act(1, "pending", "checkout:1"),
        act(1, "none", "checkout:1"),
    )
    for known in permutations([ticked, asked, silent]):
        assert basis_of(known, Proofs(), "opted_in", "claimed") is Reason.NO_MAIL_BASIS


DRAFT, PLACED = "checkout:order:7", "order:7"


@pytest.mark.parametrize(
    ("why", "ticks", "expected"),
    [
        ("a body of the same order, later", [act(0, "opted_in", PLACED), act(9, "opted_in", PLACED)], OUT),
        ("of the same checkout", [act(0, "opted_in", DRAFT), act(9, "opted_in", DRAFT)], OUT),
        ("of an order that staff put back", [act(0, "opted_in", PLACED), act(9, "opted_in", DRAFT)], OUT),
        (
            "the order of that checkout, placed since",
            [act(0, "opted_in", DRAFT), act(9, "opted_in", PLACED)],
            "opted_in",
        ),
        ("ticked anew", [act(0, "opted_in", DRAFT), act(1, "unticked", DRAFT), act(9, "opted_in", DRAFT)], "opted_in"),
        ("another order", [act(0, "opted_in", PLACED), act(9, "opted_in", "order:8")], "opted_in"),
    ],
)
def test_a_box_that_is_said_to_be_ticked_again_is_no_newer(why: str, ticks: list[Act], expected: str | Reason) -> None:
    assert basis_of([*ticks, act(5, "opted_out", "brevo", "brevo")], BUYER, "opted_in", "claimed") == expected, why


acts = st.lists(
    st.builds(
        act,
        st.integers(0, 5),
        st.sampled_from(["opted_in", "opted_out", "pending", "none", "unticked"]),
        st.sampled_from(["form:1", "form:2", "customer:1", "checkout:1"]),
    ),
    max_size=6,
)
proofs = st.builds(Proofs, st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", "DE", "US"]))
settings_in_force = st.sampled_from(["opted_in", "existing_customers", "all"])


@given(acts, proofs, settings_in_force, st.sampled_from(["claimed", "confirmed"]), st.randoms())
def test_the_order_of_the_ledger_does_not_matter(known: list[Act], its: Proofs, basis: str, proof: str, dice) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(known)
    dice.shuffle(shuffled)
    assert basis_of(shuffled, its, basis, proof) == basis_of(known, its, basis, proof)


@given(acts, proofs, settings_in_force, st.integers(0, 5))
def test_no_form_ever_lifts_an_opt_out(known: list[Act], its: Proofs, basis: str, minute: int) -> None:
    before = basis_of([*known, act(minute, "opted_out", "brevo")], its, basis, "claimed")
    after = basis_of([*known, act(minute, "opted_out", "brevo"), act(99, "opted_in", "form:9")], its, basis, "claimed")
    assert before == after


@given(acts, proofs)
def test_nothing_is_allowed_that_a_wider_setting_forbids(known: list[Act], its: Proofs) -> None:
    narrow, middle, wide = (
        not isinstance(basis_of(known, its, basis, "claimed"), Reason)
        for basis in ("opted_in", "existing_customers", "all")
    )
    assert narrow <= middle <= wide
