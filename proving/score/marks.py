"""How right was an investigation? The marks of one run, from its result and the truth."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from checkvalve.investigation import Case
from proving.score.runs import Rows, Run, Sent

FRAGMENT = 0.01
"""A case is a piece of a campaign when it holds this part of the campaign's messages."""


class CampaignMarks(msgspec.Struct, frozen=True):
    """How well one campaign was found. Times in seconds after its first message; None: in no case."""

    campaign: str
    covered: float
    """Share of its messages whose number lies in a named range."""
    fragments: int
    """Cases that hold a piece of it; one is right."""
    start_error_s: float | None = None
    """Below zero: the case is said to start before the campaign did."""
    detectable_s: float | None = None
    sends_before: int | None = None
    """Its messages before the case says that it was detectable, and what they cost."""
    usd_before: float | None = None


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
    """Share of all honest messages, of the whole evidence, that lie in named ranges."""
    false_cases: int
    """Cases of suspicion or attack that hold no fraud message."""
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

    @property
    def misses(self) -> list[str]:
        """What was not as it should be, in words; empty for a run without fault."""
        said = [] if self.verdict_right else [f"verdict {self.verdict}"]
        said += [] if self.decision_right else [f"decision {self.decision}"]
        said += ["expected rival not accepted"] if self.rival_cases == 0 else []
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
    if one.covered < 0.95:
        said.append(f"{one.covered:.0%} of the fraud in named ranges")
    if one.start_error_s is not None and abs(one.start_error_s) > 60:
        said.append(f"start off by {one.start_error_s:+,.0f} s")
    return said


def marks(run: Run) -> Marks:
    """All marks of a run."""
    result, sent, fraud = run.result, run.sent, run.sent.fraud
    guilty = [case for case in result.cases if case.verdict != "benign"]
    prefixes = {one.prefix.lstrip("+") for case in guilty for one in case.destinations}
    named = _inside(sent.number, prefixes)
    squares, p_fraud, p_honest = _calibration(run.rows, fraud)
    return Marks(
        scenario=run.scenario,
        scale=run.scale,
        seed=run.seed,
        verdict=result.verdict,
        decision=result.escalation.decision,
        verdict_right=result.verdict == run.expected.verdict,
        decision_right=result.escalation.decision == run.expected.decision,
        rival_cases=_rival_cases(run),
        named=len(prefixes),
        honest_named=sum(not _inside(sent.number[fraud], {one}).any() for one in prefixes),
        honest_taken=float(named[~fraud].mean()),
        false_cases=sum(not _held(case, sent)[fraud].any() for case in guilty),
        idle_cases=sum(case.verdict == "benign" and not _expected(case, run) for case in result.cases),
        p_fraud=p_fraud,
        p_honest=p_honest,
        brier=squares,
        missing=int((run.rows.rows == 0).sum()),
        repeated=int((run.rows.rows > 1).sum()) + run.rows.strangers,
        campaigns=[_campaign(name, guilty, sent) for name in np.unique(sent.campaign[fraud]).tolist()],
    )


def _campaign(name: str, guilty: list[Case], sent: Sent) -> CampaignMarks:
    own = sent.campaign == name
    shares = [float(_held(case, sent)[own].mean()) for case in guilty]
    covered = _inside(sent.number[own], {d.prefix.lstrip("+") for case in guilty for d in case.destinations})
    fragments = sum(share >= FRAGMENT for share in shares)
    if not fragments:
        return CampaignMarks(name, float(covered.mean()), 0)
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
    )


def _held(case: Case, sent: Sent) -> NDArray[np.bool_]:
    """Which messages lie in the case's ranges?"""
    return _inside(sent.number, {one.prefix.lstrip("+") for one in case.destinations})


def _inside(numbers: NDArray[np.str_], prefixes: set[str]) -> NDArray[np.bool_]:
    inside = np.zeros(len(numbers), np.bool_)
    for prefix in prefixes:
        inside |= np.char.startswith(numbers, prefix)
    return inside


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
