"""What people put in front of a form otherwise: FastAPI with three limits of the ``limits`` package, in memory."""

import importlib

from fastapi import FastAPI, Response
from pydantic import BaseModel

limits = importlib.import_module("limits")
strategy = limits.strategies.MovingWindowRateLimiter(limits.storage.MemoryStorage())
rules = [limits.parse("5/day"), limits.parse("10/10minutes"), limits.parse("20/day")]
app = FastAPI()


class Asked(BaseModel):
    """An attempt, as far as the limits look at it."""

    phone: str
    ip: str = ""


@app.post("/v1/decisions")
async def decide(asked: Asked, response: Response) -> dict[str, str]:
    """May it pass by number, address and prefix?"""
    keys = (asked.phone, asked.ip, asked.phone[:-4])
    if sum(strategy.hit(rule, key) for rule, key in zip(rules, keys, strict=True)) == len(rules):
        return {"action": "allow"}
    response.status_code = 429
    return {"action": "block"}
