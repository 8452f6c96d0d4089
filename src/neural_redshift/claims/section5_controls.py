"""Controls of Section 5: what the findings on untrained transformers are made of."""

import pandas as pd

from neural_redshift.claims.evidence import Estimates
from neural_redshift.claims.section5_transformers import gpt_order

Table = pd.DataFrame


def c_common_mode(transformers: Table, *, depth: int = 6, head: str = "untied", centred: bool = True) -> Estimates:
    """The differences of `gpt_order` where activations are less their mean, φ − E φ(z), and the head is untied."""
    return gpt_order(transformers, depth=depth, head=head, centred=centred)
