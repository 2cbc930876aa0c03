"""What a run writes into its deployment document: `model.filling.Filling`, folded from plan and view.

filling   facts of the release, sign-offs, the record's section
boxes     the checklist: ticked by evidence, waived, failed
figures   canary stages and migrations as they really were
"""

from __future__ import annotations
