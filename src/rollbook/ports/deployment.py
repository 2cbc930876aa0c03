"""What step functions of a deployment document ask for: `facts: DeploymentFacts`, filled from the plan."""

from __future__ import annotations

from rollbook.model.facts import DeploymentFacts

__all__ = ["DeploymentFacts"]
