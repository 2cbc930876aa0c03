"""Manifests applied to a namespace: Deployments and Services, all of a file or none of it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from rollbook.ports.workloads import (
    DeploymentRecord,
    canonical,
    not_found,
    refused,
    settled,
    template_with,
    with_images,
)
from rollbook.values import Json


class ServiceRecord(msgspec.Struct, frozen=True, cache_hash=True):
    """`spec`: canonical JSON."""

    name: str
    spec: str


class NamespaceRecord(msgspec.Struct, frozen=True, cache_hash=True):
    """Everything in one namespace, each sorted by name."""

    deployments: tuple[DeploymentRecord, ...] = ()
    services: tuple[ServiceRecord, ...] = ()

    def deployment(self, name: str) -> DeploymentRecord | None:
        return next((d for d in self.deployments if d.name == name), None)

    def with_deployment(self, deployment: DeploymentRecord) -> NamespaceRecord:
        others = [d for d in self.deployments if d.name != deployment.name]
        ordered = tuple(sorted((*others, deployment), key=lambda d: d.name))
        return msgspec.structs.replace(self, deployments=ordered)

    def with_service(self, service: ServiceRecord) -> NamespaceRecord:
        others = [s for s in self.services if s.name != service.name]
        return msgspec.structs.replace(self, services=tuple(sorted((*others, service), key=lambda s: s.name)))


def applied(
    record: NamespaceRecord, namespace: str, manifest: str, images: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[NamespaceRecord, tuple[str, ...]]:
    """The namespace with the manifest applied, and kubectl's line for each object. `images`: Deployment → container →
    image; of one that the manifest does not hold, the live one's are set."""
    wanted, lines, before = dict(images or {}), [], record
    for value in read_manifest(manifest, namespace):
        name, held = value["metadata"]["name"], record
        if value["kind"] == "Service":
            record = record.with_service(ServiceRecord(name, canonical(value.get("spec") or {})))
            lines.append(_line("service", name, name in {s.name for s in held.services}, held != record))
        else:
            merged = _merged(record.deployment(name), value, wanted.pop(name, {}))
            record = record.with_deployment(settled(merged))
            lines.append(_line("deployment.apps", name, held.deployment(name) is not None, held != record))
    for name, others in wanted.items():
        live = before.deployment(name)
        if live is None:
            raise not_found(name)
        record = record.with_deployment(with_images(live, others))
        lines.append(f"deployment.apps/{name} image updated")
    return record, tuple(lines)


def read_manifest(manifest: str, namespace: str) -> tuple[dict[str, Json], ...]:
    """The objects of a YAML text, checked as far as a Deployment's life depends on them."""
    import yaml

    try:
        values = [value for value in yaml.safe_load_all(manifest) if value is not None]
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1}" if where else ""
        raise refused(f"error: error parsing the manifest: error converting YAML to JSON: yaml:{line}") from error
    objects = tuple(item for value in values for item in _items(value))
    if not objects:
        raise refused("error: no objects passed to apply")
    for value in objects:
        _checked(value, namespace)
    return objects


def _items(value: Json) -> list[Json]:
    """A `List` holds objects; anything else is one."""
    is_list = isinstance(value, dict) and value.get("kind") == "List"
    return list(value.get("items") or ()) if is_list else [value]


def _checked(value: Json, namespace: str) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        raise refused("error: error validating the manifest: kind not set")
    kind, metadata = value["kind"], _map(value.get("metadata"))
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        raise refused("error: error when retrieving current configuration: resource name may not be empty")
    if kind not in ("Deployment", "Service"):
        version = value.get("apiVersion", "")
        raise refused(
            f'error: resource mapping not found for name: "{name}" namespace: "{namespace}": '
            f'no matches for kind "{kind}" in version "{version}": this cluster has Deployments and Services only'
        )
    stated = metadata.get("namespace")
    if stated and stated != namespace:
        raise refused(
            f'error: the namespace from the provided object "{stated}" does not match the namespace "{namespace}". '
            f"You must pass '--namespace={stated}' to perform this operation."
        )
    if kind == "Deployment":
        _checked_deployment(name, value.get("spec"))


def _checked_deployment(name: str, spec: Json) -> None:
    spec = _map(spec)
    template = _map(spec.get("template"))
    containers = _map(template.get("spec")).get("containers")
    if not isinstance(containers, list) or not containers:
        raise _invalid(name, "spec.template.spec.containers: Required value")
    for index, container in enumerate(containers):
        for field in ("name", "image"):
            if not isinstance(container, dict) or not isinstance(container.get(field), str):
                raise _invalid(name, f"spec.template.spec.containers[{index}].{field}: Required value")
    replicas = spec.get("replicas", 1)
    if not isinstance(replicas, int) or isinstance(replicas, bool) or replicas < 0:
        raise _invalid(name, f"spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0")
    wanted = _map(_map(spec.get("selector")).get("matchLabels"))
    labels = _map(_map(template.get("metadata")).get("labels"))
    if not wanted or any(labels.get(key) != text for key, text in wanted.items()):
        raise _invalid(name, "spec.template.metadata.labels: `selector` does not match template `labels`")


def _merged(known: DeploymentRecord | None, value: dict[str, Json], images: Mapping[str, str]) -> DeploymentRecord:
    """The manifest's Deployment over the live one: what it does not state (replicas, a restart's mark) stays."""
    spec, name = value["spec"], value["metadata"]["name"]
    stated = json.loads(canonical(spec["template"]))
    if known is not None:
        live = _map(_map(json.loads(known.template).get("metadata")).get("annotations"))
        if live:
            metadata = stated.setdefault("metadata", {})
            metadata["annotations"] = {**live, **_map(metadata.get("annotations"))}
    template = template_with(canonical(stated), images)
    base = known or DeploymentRecord(name, template)
    return msgspec.structs.replace(
        base,
        template=template,
        replicas=spec.get("replicas", base.replicas),
        paused=bool(spec.get("paused", base.paused)),
    )


def _map(value: Json) -> dict[str, Json]:
    """The value where it is a mapping; nothing where it is something else."""
    return value if isinstance(value, dict) else {}


def _invalid(name: str, what: str) -> Exception:
    return refused(f'The Deployment "{name}" is invalid: {what}')


def _line(kind: str, name: str, known: bool, changed: bool) -> str:
    return f"{kind}/{name} {'created' if not known else 'configured' if changed else 'unchanged'}"
