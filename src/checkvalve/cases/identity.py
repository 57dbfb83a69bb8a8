"""What a case is called in every file of the result."""

import hashlib

from checkvalve.indicators.scene import Scene, utc


def case_id(scene: Scene) -> str:
    """The same cause gets the same id in every run: a digest of its ranges or countries and the minute it began."""
    what = ",".join(sorted(one.prefix for one in scene.ranges) or map(str, scene.countries))
    digest = hashlib.sha256(f"{what}|{int(scene.start_s // 60)}".encode()).hexdigest()
    return f"case-{utc(scene.start_s):%Y%m%d}-{digest[:6]}"
