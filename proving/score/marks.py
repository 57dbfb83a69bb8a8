"""How right was an investigation? The marks of one run, from its result and the truth."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from checkvalve.investigation import Case
from checkvalve.numbering.plan import country_index
from proving.score.on_the_bill import countries_of, named_on_bills
from proving.score.runs import Rows, Run, Sent

FRAGMENT = 0.01
"""A case is a piece of a campaign when it holds this part of the campaign's messages."""


class CampaignMarks(msgspec.Struct, frozen=True):
    """How well one campaign was found. Times in seconds after its first message; None: in no case."""

    campaign: str
    covered: float
    """Share of its messages whose number lies in a named range, or that a case names on a bill (`on_the_bill`)."""
    fragments: int
    """Cases that hold a piece of it; one is right."""
    start_error_s: float | None = None
    """Below zero: the case is said to start before the campaign did."""
    detectable_s: float | None = None
    sends_before: int | None = None
    """Its messages before the case says that it was detectable, and what they cost."""
    usd_before: float | None = None
    sends: int = 0
    usd: float = 0.0
    usd_prevented: float = 0.0
    """What its messages to named ranges after that moment cost."""
    own_before: int | None = None
    """Its messages to the range that first gave it away, before it did; the purest measure of delay."""


class Marks(msgspec.Struct, frozen=True):
    """The marks of one run. Shares are of one."""

    scenario: str
    scale: float
    """By what the honest traffic was multiplied."""
    seed: int
    verdict: str
    decision: str
    verdict_right: bool
    decision_right: bool
    rival_cases: int | None
    """Cases for which the expected harmless explanation was accepted, one is right; None where none is expected."""
    named: int
    honest_named: int
    """Named ranges in which no fraud message lies."""
    honest_taken: float
    """Share of all honest messages, of the whole evidence, that lie in named ranges; with them those that cases name
    on a bill and that are no fraud."""
    false_cases: int
    """Cases of suspicion or attack that hold no fraud message, neither in their ranges nor put down to them, nor, of
    cases about a bill, among the messages that it alone counts."""
    idle_cases: int
    """Benign cases other than the one that the scenario expects."""
    p_fraud: float | None
    p_honest: float
    brier: float
    missing: int
    """Messages without a row."""
    repeated: int
    """Messages with more than one row, and rows of no message."""
    campaigns: list[CampaignMarks]
    size: str | None = None
    kind: str = "attack"
    days: float = 1.0
    guilty_cases: int = 0
    """Cases of suspicion or attack."""
    reliability: list[tuple[float, int, int]] = []
    """For each tenth of ``p_fraud``: its mean, messages, fraudulent ones."""
    confidences: list[tuple[float, bool]] = []
    """How sure each case of suspicion or attack was, and whether it held fraud."""
    said: list[str] = []
    """The cases, in words."""
    stack: str | None = None
    shared: int = 0
    """Campaigns whose main case is that of another campaign too."""
    took_s: float = 0.0
    """How long it took to write the logs, to investigate them and to compare; nobody is judged by it."""

    @property
    def misses(self) -> list[str]:
        """What was not as it should be, in words; empty for a run without fault."""
        said = [] if self.verdict_right else [f"verdict {self.verdict}"]
        said += [] if self.decision_right else [f"decision {self.decision}"]
        silent = self.size is not None and not self.said
        said += ["expected rival not accepted"] if self.rival_cases == 0 and not silent else []
        said += [f"{self.shared} campaigns in one case with another"] if self.shared else []
        said += [f"{self.rival_cases} cases for one harmless cause"] if (self.rival_cases or 0) > 1 else []
        for one in self.campaigns:
            said += _campaign_misses(one)
        counts = {
            "honest ranges named": self.honest_named,
            "false cases": self.false_cases,
            "benign cases without cause": self.idle_cases,
            "messages without a row": self.missing,
            "messages with more than one row": self.repeated,
        }
        return said + [f"{number} {name}" for name, number in counts.items() if number]


def _campaign_misses(one: CampaignMarks) -> list[str]:
    if not one.fragments:
        return ["campaign not found"]
    said = [f"{one.fragments} cases for one campaign"] if one.fragments > 1 else []
    if one.covered == 0:
        said.append("in a case that names no range of it")
    elif one.covered < 0.95:
        said.append(f"{one.covered:.0%} of the fraud in named ranges")
    if one.start_error_s is not None and abs(one.start_error_s) > 60:
        said.append(f"start off by {one.start_error_s:+,.0f} s")
    return said


def marks(run: Run) -> Marks:
    """All marks of a run."""
    result, sent, rows, fraud = run.result, run.sent, run.rows, run.sent.fraud
    guilty = [case for case in result.cases if case.verdict != "benign"]
    prefixes = {one.prefix.lstrip("+") for case in guilty for one in case.destinations}
    named = _inside(sent.number, prefixes)
    on_bill, beyond = named_on_bills(guilty, sent)
    squares, p_fraud, p_honest = _calibration(run.rows, fraud)
    return Marks(
        scenario=run.scenario,
        scale=run.scale,
        seed=run.seed,
        verdict=result.verdict,
        decision=result.escalation.decision,
        verdict_right=result.verdict in (run.expected.verdict, *run.expected.verdicts),
        decision_right=result.escalation.decision in (run.expected.decision, *run.expected.decisions),
        rival_cases=_rival_cases(run),
        named=len(prefixes),
        honest_named=len(prefixes - _met(sent.number[fraud], prefixes)),
        honest_taken=float((np.maximum(named, on_bill)[~fraud].sum() + beyond) / (~fraud).sum()),
        false_cases=sum(not _held(case, sent, rows)[fraud].any() for case in guilty),
        idle_cases=sum(case.verdict == "benign" and not _expected(case, run) for case in result.cases),
        p_fraud=p_fraud,
        p_honest=p_honest,
        brier=squares,
        missing=int((run.rows.rows[sent.logged] == 0).sum()),
        repeated=int((run.rows.rows > 1).sum()) + run.rows.strangers,
        campaigns=[
            _campaign(name, guilty, sent, rows, on_bill) for name in np.unique(sent.campaign[fraud]).tolist()
        ],
        size=run.size,
        kind=run.kind,
        days=run.days,
        guilty_cases=len(guilty),
        reliability=_reliability(run.rows, fraud),
        confidences=[(case.confidence, bool(_held(case, sent, rows)[fraud].any())) for case in guilty],
        said=[_words(case) for case in result.cases],
        shared=_shared(guilty, sent, rows),
    )


def _campaign(name: str, guilty: list[Case], sent: Sent, rows: Rows, on_bill: NDArray[np.float64]) -> CampaignMarks:
    own = sent.campaign == name
    shares = [float(_held(case, sent, rows)[own].mean()) for case in guilty]
    ranged = _inside(sent.number[own], {d.prefix.lstrip("+") for case in guilty for d in case.destinations})
    covered = np.maximum(ranged, on_bill[own])
    fragments = sum(share >= FRAGMENT for share in shares)
    if not fragments:
        return CampaignMarks(
            name, float(covered.mean()), 0, sends=int(own.sum()), usd=float(sent.price_usd[own].sum())
        )
    main = guilty[int(np.argmax(shares))]
    first_s = float(sent.at_s[own].min())
    detectable_s = main.detectable_at.timestamp()
    early = own & (sent.at_s < detectable_s)
    return CampaignMarks(
        campaign=name,
        covered=float(covered.mean()),
        fragments=fragments,
        start_error_s=main.started_at.timestamp() - first_s,
        detectable_s=detectable_s - first_s,
        sends_before=int(early.sum()),
        usd_before=float(sent.price_usd[early].sum()),
        sends=int(own.sum()),
        usd=float(sent.price_usd[own].sum()),
        usd_prevented=_prevented(own, guilty, sent),
        own_before=_own_before(main, own & early, sent),
    )


def _shared(guilty: list[Case], sent: Sent, rows: Rows) -> int:
    mains = []
    for name in np.unique(sent.campaign[sent.fraud]).tolist():
        shares = [float(_held(case, sent, rows)[sent.campaign == name].mean()) for case in guilty]
        if max(shares, default=0.0) > 0:
            mains.append(int(np.argmax(shares)))
    return len(mains) - len(set(mains))


def _prevented(own: NDArray[np.bool_], guilty: list[Case], sent: Sent) -> float:
    """What would not have been lost, had each case's ranges been closed when it was detectable?

    A number that is named by itself is known from its first message on, which nobody can have stopped.
    What is made up behind the gateway is not stopped by closing anything in front of it.
    """
    stopped = np.zeros(len(own), np.bool_)
    first = np.zeros(len(own), np.bool_)
    first[np.unique(sent.number, return_index=True)[1]] = True
    for case in guilty:
        then = sent.logged & (sent.at_s >= case.detectable_at.timestamp())
        prefixes = {one.prefix.lstrip("+") for one in case.destinations}
        single = {prefix for prefix in prefixes if prefix in sent.number}
        stopped |= _inside(sent.number, prefixes - single) & then
        stopped |= np.isin(sent.number, list(single)) & then & ~first
    return float(sent.price_usd[own & stopped].sum())


def _own_before(case: Case, early: NDArray[np.bool_], sent: Sent) -> int:
    """The campaign's messages to the busiest of the case's ranges, before the case was detectable."""
    counts = [int(_inside(sent.number[early], {one.prefix.lstrip("+")}).sum()) for one in case.destinations]
    return max(counts, default=0)


def _reliability(rows: Rows, fraud: NDArray[np.bool_]) -> list[tuple[float, int, int]]:
    known = ~np.isnan(rows.p_fraud)
    p, true = rows.p_fraud[known], fraud[known]
    tenth = np.minimum((p * 10).astype(int), 9)
    found = []
    for place in range(10):
        inside = tenth == place
        mean = float(p[inside].mean()) if inside.any() else place / 10 + 0.05
        found.append((mean, int(inside.sum()), int(true[inside].sum())))
    return found


def _words(case: Case) -> str:
    rivals = ", ".join(f"{one.id} {one.status}" for one in case.rival_explanations if one.status != "excluded")
    where = " ".join(one.prefix for one in case.destinations[:4])
    indicators = ", ".join(f"{one.id} {one.weight:.1f}" for one in case.indicators)
    head = f"{case.verdict} {case.confidence:.2f} [{where}] {case.sends} sends"
    return f"{head}; {indicators}; rivals: {rivals or 'none'}"


def _ranged(case: Case, sent: Sent) -> NDArray[np.bool_]:
    """Which messages lie in the case's ranges?"""
    return _inside(sent.number, {one.prefix.lstrip("+") for one in case.destinations})


def _held(case: Case, sent: Sent, rows: Rows) -> NDArray[np.bool_]:
    """Which messages lie in the case's ranges, or are put down to it? A case may name no range.

    A case about a bill speaks of messages that no log holds, so that no row can be put down to it: it holds those of
    its countries and its time that were really sent and are in no log.
    """
    held = _ranged(case, sent) | _billed(case, sent)
    return held if rows.case is None else held | (rows.case == case.id)


def _billed(case: Case, sent: Sent) -> NDArray[np.bool_]:
    if not case.unlogged_in and not case.billed:
        return np.zeros(len(sent.number), np.bool_)
    when = (sent.at_s >= case.started_at.timestamp()) & (sent.at_s <= case.ended_at.timestamp())
    billed = when & ~sent.logged
    if not case.unlogged_in:  # the bill names no country
        return billed
    billed[billed] = np.isin(countries_of(sent.number[billed]), [country_index(one) for one in case.unlogged_in])
    return billed


def _inside(numbers: NDArray[np.str_], prefixes: set[str]) -> NDArray[np.bool_]:
    inside = np.zeros(len(numbers), np.bool_)
    for length in {len(prefix) for prefix in prefixes}:
        inside |= np.isin(numbers.astype(f"U{length}"), [prefix for prefix in prefixes if len(prefix) == length])
    return inside


def _met(numbers: NDArray[np.str_], prefixes: set[str]) -> set[str]:
    """The prefixes under which at least one of the numbers lies."""
    lengths = {len(prefix) for prefix in prefixes}
    return {head for length in lengths for head in np.unique(numbers.astype(f"U{length}")).tolist()} & prefixes


def _expected(case: Case, run: Run) -> bool:
    accepted = {one.id for one in case.rival_explanations if one.status == "accepted"}
    return case.verdict == "benign" and run.expected.rival in accepted


def _rival_cases(run: Run) -> int | None:
    if run.expected.rival is None:
        return None
    return sum(_expected(case, run) for case in run.result.cases)


def _calibration(rows: Rows, fraud: NDArray[np.bool_]) -> tuple[float, float | None, float]:
    """Brier score, mean probability of fraud messages (if any) and of honest ones."""
    known = ~np.isnan(rows.p_fraud)
    p = rows.p_fraud[known]
    brier = float(((p - fraud[known]) ** 2).mean())
    of_fraud = p[fraud[known]]
    return brier, float(of_fraud.mean()) if len(of_fraud) else None, float(p[~fraud[known]].mean())
