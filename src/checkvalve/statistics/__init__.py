"""Pure functions: sequential tests, baselines, concentration, calibration. No input or output.

Everything is in natural logarithms (nats). `docs/statistics.md` says which question each file answers; the names
below are the ones to use.
"""

from checkvalve.statistics.association import Attribution, Comovement, attribute_messages, comovement
from checkvalve.statistics.baseline import Expected, Level, level_baseline, overdispersion, seasonal_profile
from checkvalve.statistics.calibration import alarm_threshold_nats, capped_sum, deny_above, probability
from checkvalve.statistics.concentration import (
    blank_occupancy,
    effective_live_numbers,
    fullest_block,
    neighbour_gaps,
    running_steps,
)
from checkvalve.statistics.conversion import Conversion, ConversionModel, conversion_baseline, conversion_cells
from checkvalve.statistics.conversion_stream import conversion_stream
from checkvalve.statistics.counts import (
    excess_nats,
    nb_log_pmf,
    nb_log_sf,
    poisson_log_pmf,
    poisson_log_sf,
    shift_log_lr,
)
from checkvalve.statistics.delay import DelayGap, DelayLaw, delay_law_gap
from checkvalve.statistics.digits import DigitBias, digit_bias
from checkvalve.statistics.edetector import (
    Evidence,
    arrival_edetector,
    first_alarm,
    poisson_stream,
    sr_mixture,
    volume_edetector,
)
from checkvalve.statistics.lockstep import Lockstep, lockstep_evidence, ordinary_concentration, smoothed_share
from checkvalve.statistics.money import price_mix_log_lr, spend_cusum, spend_log_lr
from checkvalve.statistics.pools import PoolSize, pool_size, repeats
from checkvalve.statistics.reliability import Isotonic, Platt, brier, fit_isotonic, fit_platt, reliability_bands
from checkvalve.statistics.share import (
    beta_binomial_log_pmf,
    beta_binomial_log_sf,
    binomial_log_sf,
    share_edetector,
)
from checkvalve.statistics.surprise import Surprise, nats_from_log_p
from checkvalve.statistics.watch import Watched, volume_watch

__all__ = [
    "Attribution",
    "Comovement",
    "Conversion",
    "ConversionModel",
    "DelayGap",
    "DelayLaw",
    "DigitBias",
    "Evidence",
    "Expected",
    "Isotonic",
    "Level",
    "Lockstep",
    "Platt",
    "PoolSize",
    "Surprise",
    "Watched",
    "alarm_threshold_nats",
    "arrival_edetector",
    "attribute_messages",
    "beta_binomial_log_pmf",
    "beta_binomial_log_sf",
    "binomial_log_sf",
    "blank_occupancy",
    "brier",
    "capped_sum",
    "comovement",
    "conversion_baseline",
    "conversion_cells",
    "conversion_stream",
    "delay_law_gap",
    "deny_above",
    "digit_bias",
    "effective_live_numbers",
    "excess_nats",
    "first_alarm",
    "fit_isotonic",
    "fit_platt",
    "fullest_block",
    "level_baseline",
    "lockstep_evidence",
    "nats_from_log_p",
    "nb_log_pmf",
    "nb_log_sf",
    "neighbour_gaps",
    "ordinary_concentration",
    "overdispersion",
    "poisson_log_pmf",
    "poisson_log_sf",
    "poisson_stream",
    "pool_size",
    "price_mix_log_lr",
    "probability",
    "reliability_bands",
    "repeats",
    "running_steps",
    "seasonal_profile",
    "share_edetector",
    "shift_log_lr",
    "smoothed_share",
    "spend_cusum",
    "spend_log_lr",
    "sr_mixture",
    "volume_edetector",
    "volume_watch",
]
