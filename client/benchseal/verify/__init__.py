"""Verify evidence packs without the software that made them: one function, one report."""

from benchseal.verify.report import Item, PackFacts, Report, State, Verdict
from benchseal.verify.trust import Trust, TrustUnreadable
from benchseal.verify.verification import verify

__all__ = ["Item", "PackFacts", "Report", "State", "Trust", "TrustUnreadable", "Verdict", "verify"]
