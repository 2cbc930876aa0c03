"""Probes of the document as the fields of a Kubernetes container."""

from __future__ import annotations

from rollbook.model.deployment import Deployment, ProbeSpec
from rollbook.values import Json, Words
from rollbook.views.exporting.yaml_files import yaml_file


def probes_yaml(document: Deployment) -> str:
    """`livenessProbe` and the like, with Kubernetes' defaults written out."""
    content = {f"{probe.kind}Probe": _probe(probe) for probe in document.probes}
    return yaml_file(HEAD.said(document.language), content)


def _probe(probe: ProbeSpec) -> Json:
    return {
        **_handler(probe),
        "initialDelaySeconds": int(probe.initial_delay_s),
        "periodSeconds": int(probe.period_s),
        "timeoutSeconds": int(probe.timeout_s),
        "successThreshold": probe.success_threshold,
        "failureThreshold": probe.failure_threshold,
    }


def _handler(probe: ProbeSpec) -> dict[str, Json]:
    if probe.command:
        return {"exec": {"command": list(probe.command)}}
    if probe.path:
        return {"httpGet": {"path": probe.path, "port": probe.port}}
    return {"tcpSocket": {"port": probe.port}}


HEAD = Words(
    "Probes of the application's container: belongs under spec.template.spec.containers[].",
    "应用容器的探针：放在 spec.template.spec.containers[] 之下。",
)
