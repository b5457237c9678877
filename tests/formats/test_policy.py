"""Trust policies: whose keys count; names before use, no key and no member twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.charter import parse_charter
from openline.formats.malformed import Malformed
from openline.formats.note import Vkey
from openline.formats.policy import (
    POLICIES_MAX,
    Group,
    Policy,
    parse_policies,
    parse_policy,
)
from tests.formats.strategies import spread, vkeys
from tests.vectors import disclosure, load

LOG = Vkey("a.example/openline", 6, bytes(1_312))
KEYS = [Vkey(f"w{i}.example/witness", 4, spread(i, 32)) for i in range(4)]
HEAD = f"log {LOG.text()}\n"
THREE = "".join(f"witness w{i} {KEYS[i].text()}\n" for i in range(3))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy with up to five witnesses under up to three groups."""
    names = st.from_regex(r"[a-zA-Z0-9.-]{1,8}", fullmatch=True).filter(lambda name: name != "none")
    known = sorted(draw(st.sets(names, max_size=8)))
    cut = draw(st.integers(0, len(known)))
    url = st.none() | st.just("https://w.example")
    key = st.integers(0, 1_000)
    witnesses = {
        name: (Vkey("w.example", 4, spread(draw(key) * 10 + i, 32)), draw(url))
        for i, name in enumerate(known[:cut])
    }
    free, groups = list(witnesses), {}
    for name in known[cut:]:
        members = tuple(draw(st.sets(st.sampled_from(free), min_size=1))) if free else ()
        if members:
            groups[name] = Group(draw(st.integers(1, len(members))), members)
            free = [each for each in free if each not in members] + [name]
    logs = draw(st.lists(vkeys("a.example/openline", 6), max_size=2, unique_by=lambda v: v.public))
    quorum = draw(st.none() | st.sampled_from([*witnesses, *groups])) if witnesses else None
    return Policy(tuple((each, draw(url)) for each in logs), witnesses, groups, quorum)


@pytest.mark.parametrize("name", ["notice.policy", "answer.policy"])
def test_each_published_policy_is_read_and_written_again(name: str) -> None:
    policy = parse_policy(disclosure(name).decode(), with_log=True)
    assert parse_policy(policy.text(), with_log=True) == policy
    ((log, _),) = policy.logs
    assert log.kind == 6
    assert policy.quorum is not None
    assert policy.groups[policy.quorum] == Group(2, ("received", "neutral"))


@pytest.mark.parametrize("line", load("party")["lines"])
def test_the_policy_of_each_published_charter_is_read(line: dict[str, str]) -> None:
    charter = parse_charter(line["charter"])
    policy = parse_policy("\n".join([*charter.policy, ""]), with_log=False)
    assert policy.quorum == "w"
    assert policy.groups == {"w": Group(2, ("w-ed", "w-ml"))}
    assert {url for _, url in policy.witnesses.values()} == {"https://witness.example"}


@given(policies())
def test_a_policy_is_read_back(policy: Policy) -> None:
    assert parse_policy(policy.text(), with_log=bool(policy.logs)) == policy


@given(st.text(alphabet="loguwitnesruq gp\t\n#12+ab", max_size=60))
def test_any_text_is_refused_or_read_again_alike(text: str) -> None:
    try:
        policy = parse_policy(text, with_log=False)
    except Malformed:
        return
    assert parse_policy(policy.text(), with_log=False) == policy


@given(st.lists(policies().filter(lambda p: len(p.logs) == 1), min_size=1, max_size=4))
def test_a_file_of_several_policies_is_read_back(several: list[Policy]) -> None:
    text = "\n# the next one\n".join(policy.text() for policy in several)
    assert parse_policies(text) == tuple(several)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\n",
        f"{HEAD}{HEAD}quorum none\n",
        f"{HEAD}quorum none\n{HEAD}",
        f"{THREE}{HEAD}quorum w0\n\tlog {LOG.text()}\nquorum w0\n",
        f"{HEAD}quorum none\n" * (POLICIES_MAX + 1),
    ],
)
def test_no_policy_of_a_file_leans_on_another(text: str) -> None:
    with pytest.raises(Malformed):
        parse_policies(text)


def test_people_may_write_comments_tabs_and_empty_lines() -> None:
    text = f"# ours\n\n \t{HEAD}\twitness\tw0  {KEYS[0].text()} \n  # more\nquorum w0"
    policy = parse_policy(text, with_log=True)
    assert policy == Policy(((LOG, None),), {"w0": (KEYS[0], None)}, {}, "w0")


def test_any_all_and_numbers_say_the_same_thing() -> None:
    for word, k in (("any", 1), ("all", 3), ("1", 1), ("2", 2), ("3", 3)):
        policy = parse_policy(f"{THREE}group g {word} w0 w1 w2\nquorum g\n", with_log=False)
        assert policy.groups["g"].k == k


@pytest.mark.parametrize(
    "text",
    [
        "",
        THREE,
        f"{THREE}quorum none\nquorum none\n",
        f"{THREE}quorum nobody\n",
        f"quorum w0\n{THREE}",
        f"{THREE}quorum\n",
        f"{THREE}quorum w0 w1\n",
        f"{THREE}group g 0 w0\nquorum g\n",
        f"{THREE}group g 2 w0\nquorum g\n",
        f"{THREE}group g 01 w0\nquorum g\n",
        f"{THREE}group g some w0\nquorum g\n",
        f"{THREE}group g any\nquorum w0\n",
        f"{THREE}group g any w0 w0\nquorum g\n",
        f"{THREE}group g any g\nquorum g\n",
        f"{THREE}group g any none\nquorum g\n",
        f"{THREE}group g any later\ngroup later any w0\nquorum g\n",
        f"{THREE}group g any w0\ngroup h any w0\nquorum g\n",
        f"{THREE}group w0 any w1\nquorum w0\n",
        f"{THREE}group none any w1\nquorum none\n",
        f"{THREE}witness none {KEYS[3].text()}\nquorum none\n",
        f"{THREE}witness w0 {KEYS[3].text()}\nquorum w0\n",
        f"{THREE}witness w9 {KEYS[0].text()}\nquorum w9\n",
        f"{THREE}witness w9 {Vkey('other', 4, KEYS[0].public).text()}\nquorum w9\n",
        f"{THREE}witness w9 {Vkey('other', 1, bytes(32)).text()}\nquorum w9\n",
        f"{THREE}witness w9 {KEYS[3].text()} https://a https://b\nquorum w9\n",
        f"{THREE}trust w0\nquorum w0\n",
        f"{HEAD}{THREE}quorum w0\n",
        f"{THREE}quorum w0\r\n",
        f"{THREE}quorum w0\x7f\n",
        f"{THREE}quorum w0\n#" + "#" * 300_000,
        f"{THREE}quorum w0\n# \x01\n",
        f"{THREE}quorum w0\n# \r\n",
        f"{THREE}group w0 any w1\nquorum w1\n",
        f"{THREE}group g any w1\ngroup g any w0\nquorum w1\n",
    ],
)
def test_any_other_policy_is_refused(text: str) -> None:
    assert parse_policy(f"{THREE}quorum w0\n", with_log=False)
    with pytest.raises(Malformed):
        parse_policy(text, with_log=False)


def test_a_policy_for_a_proof_names_a_log() -> None:
    assert parse_policy(f"{HEAD}quorum none\n", with_log=True).quorum is None
    for text in (
        "quorum none\n",
        f"{HEAD}{HEAD}quorum none\n",
        f"log {KEYS[0].text()}\nquorum none\n",
    ):
        with pytest.raises(Malformed):
            parse_policy(text, with_log=True)


def test_the_limits_that_the_format_recommends_are_met() -> None:
    """32 logs, 32 witnesses and 32 groups; as many witnesses with both keys."""
    logs = tuple((Vkey("a.example/openline", 1, spread(i, 32)), None) for i in range(32))
    witnesses = {f"w{i}": (Vkey(f"w{i}.example", 4, spread(i, 32)), None) for i in range(64)}
    groups = {f"g{i}": Group(2, (f"w{2 * i}", f"w{2 * i + 1}")) for i in range(32)}
    policy = Policy(logs, witnesses, groups, "g0")
    assert parse_policy(policy.text(), with_log=True) == policy
    with pytest.raises(Malformed):
        Policy((*logs, (LOG, None)))


@pytest.mark.parametrize("name", ["", "a b", "a\tb", "a\nb", "none"])
def test_a_name_that_could_not_be_read_cannot_be_given(name: str) -> None:
    with pytest.raises(Malformed):
        Policy((), {name: (KEYS[0], None)}, {}, None)
    with pytest.raises(Malformed):
        Policy((), {"w": (KEYS[0], None)}, {name: Group(1, ("w",))}, None)


def test_a_policy_that_could_not_be_read_cannot_be_made() -> None:
    w = {"w": (KEYS[0], None)}
    for make in (
        lambda: Policy((), w, {}, "nobody"),
        lambda: Policy((), {"w": (KEYS[0], "a b")}, {}, "w"),
        lambda: Policy((), w, {"w": Group(1, ("w",))}, "w"),
        lambda: Policy((), w, {"g": Group(1, ("x",))}, "g"),
        lambda: Policy((), w, {"g": Group(1, ())}, "g"),
        lambda: Policy((), {f"w{i}": (Vkey("w", 4, spread(i, 32)), None) for i in range(257)}),
    ):
        with pytest.raises(Malformed):
            make()
