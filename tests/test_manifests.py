"""The Kubernetes manifests are valid, fit the code, and let nobody do more than they must."""

from __future__ import annotations

import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.manifests import KUBERNETES, OF_OTHERS, PORTS, SECRETS, SETTINGS, containers, in_file, objects, of_kind, pods

OLDEST = "1.30"
"""The first Kubernetes with `preStop: sleep`."""
TEMPLATE = "secrets.template.yml"
EXACT = re.compile(r".+:\d[\w.-]*\d[\w.-]*")


def named(found: dict[str, Any]) -> str:
    return f"{found['kind']} {found['metadata']['name']}"


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    return (selector.get("matchLabels") or {}).items() <= labels.items()


@pytest.mark.slow
@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("manifest", objects() + in_file(TEMPLATE), ids=named)
def test_kubernetes_knows_every_field(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_every_file_is_applied_but_the_template_of_the_secrets() -> None:
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    generated = {file for each in kustomization["configMapGenerator"] for file in each["files"]}
    applied = {*kustomization["resources"], *generated, TEMPLATE, "kustomization.yaml"}
    assert {file.name for file in KUBERNETES.iterdir()} == applied


def test_both_images_are_of_one_version() -> None:
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    ours = {container["image"] for _, container in containers() if "musafir" in container["image"]}
    assert {image.rpartition(":")[0] for image in ours} == {each["name"] for each in kustomization["images"]}
    assert len({image.rpartition(":")[2] for image in ours} | {each["newTag"] for each in kustomization["images"]}) == 1


@pytest.mark.parametrize(("name", "container"), containers(), ids=lambda value: value if isinstance(value, str) else "")
def test_each_container_is_bounded_and_may_do_nothing(name: str, container: dict[str, Any]) -> None:
    assert EXACT.fullmatch(container["image"]), "an exact version"
    for bound in ("requests", "limits"):
        assert {"cpu", "memory", "ephemeral-storage"} <= container["resources"][bound].keys()
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    if name in PORTS:
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
        assert {port["containerPort"] for port in container["ports"]} == PORTS[name]


@pytest.mark.parametrize(("name", "_", "pod"), pods(), ids=lambda value: value if isinstance(value, str) else "")
def test_each_pod_runs_as_nobody(name: str, _: dict[str, str], pod: dict[str, Any]) -> None:
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 10_000
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert all("hostPath" not in volume for volume in pod.get("volumes", []))
    if name in PORTS:
        assert pod["topologySpreadConstraints"]


def test_the_namespace_holds_everybody_to_that() -> None:
    [namespace] = of_kind("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    spaces = {found["metadata"].get("namespace") for found in objects() if found is not namespace}
    assert {found for found in spaces if found} == {namespace["metadata"]["name"]}


def test_a_rolling_change_takes_nobody_away_before_the_next_is_ready() -> None:
    for deployment in of_kind("Deployment"):
        if deployment["metadata"]["name"] == "desk":
            continue
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        pod = deployment["spec"]["template"]["spec"]
        [container] = pod["containers"]
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        probe = container["readinessProbe"]
        assert pause > probe["periodSeconds"] * probe["failureThreshold"] / 2
        assert pod["terminationGracePeriodSeconds"] >= pause + 20, "time to finish and to hand over"


@pytest.mark.parametrize("name", ["bot", "rasa"])
def test_there_are_always_two_and_more_when_there_is_work(name: str) -> None:
    [scaler] = [found for found in of_kind("HorizontalPodAutoscaler") if found["metadata"]["name"] == name]
    assert scaler["spec"]["scaleTargetRef"]["name"] == name
    assert scaler["spec"]["maxReplicas"] > scaler["spec"]["minReplicas"] >= 2
    [budget] = [found for found in of_kind("PodDisruptionBudget") if found["metadata"]["name"] == name]
    [labels] = [labels for workload, labels, _ in pods() if workload == name]
    assert matches(budget["spec"]["selector"], labels)
    [deployment] = [found for found in of_kind("Deployment") if found["metadata"]["name"] == name]
    assert "replicas" not in deployment["spec"], "else each change would undo the autoscaler"


def test_services_lead_to_ports_that_are_there() -> None:
    by_name = {name: (labels, pod) for name, labels, pod in pods()}
    for service in of_kind("Service"):
        [(_, pod)] = [found for found in by_name.values() if service["spec"]["selector"].items() <= found[0].items()]
        named_ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
        for port in service["spec"]["ports"]:
            assert named_ports[port["targetPort"]] == port["port"]


def test_only_telegram_reaches_the_webhook_and_nobody_the_figures() -> None:
    services = {found["metadata"]["name"]: found["spec"]["ports"] for found in of_kind("Service")}
    for ingress in of_kind("Ingress"):
        assert ingress["spec"]["tls"]
        assert ingress["metadata"]["annotations"]["haproxy.org/allow-list"]
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                assert service["port"]["name"] in {port["name"] for port in services[service["name"]]}
                assert service["port"]["name"] != "metrics"
    [webhook] = [found for found in of_kind("Ingress") if found["metadata"]["name"] == "webhook"]
    proxy = (KUBERNETES.parent / "nginx.conf").read_text(encoding="utf-8")
    allowed = set(re.findall(r"allow ([\d./]+);", proxy))
    assert set(webhook["metadata"]["annotations"]["haproxy.org/allow-list"].split(",")) == allowed
    [settings] = of_kind("ConfigMap")
    [rule] = webhook["spec"]["rules"]
    assert settings["data"]["WEBHOOK_URL"] == f"https://{rule['host']}{rule['http']['paths'][0]['path']}"


def test_what_is_not_allowed_is_forbidden_for_every_pod() -> None:
    policies = of_kind("NetworkPolicy")
    assert any(found["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} for found in policies), (
        "nothing may pass unless another policy says so"
    )
    for name, labels, _ in pods():
        [own] = [found["spec"] for found in policies if found["spec"]["podSelector"].get("matchLabels")
                 and matches(found["spec"]["podSelector"], labels)]  # fmt: skip
        assert own["policyTypes"] == ["Ingress", "Egress"]
        come_in = {port["port"] for rule in own.get("ingress", []) for port in rule["ports"]}
        assert come_in == PORTS.get(name, set())
        assert all(rule["to"] and rule["ports"] for rule in own["egress"])


def test_rasa_reaches_its_stores_and_nobody_else() -> None:
    [own] = [found["spec"] for found in of_kind("NetworkPolicy") if found["metadata"]["name"] == "rasa"]
    [rule] = own["egress"]
    assert {port["port"] for port in rule["ports"]} == {5432, 6379}
    assert not any("ipBlock" in to for to in rule["to"])


def test_every_setting_is_one_and_each_secret_is_in_a_secret() -> None:
    secrets = {found["metadata"]["name"]: found["stringData"] for found in in_file(TEMPLATE)}
    [settings] = of_kind("ConfigMap")
    assert settings["data"].keys() <= SETTINGS
    assert not settings["data"].keys() & {"DATABASE_URL", *SECRETS}
    for data in secrets.values():
        assert data.keys() <= SETTINGS | OF_OTHERS
        assert not any(data.values()), "a template has no values"
    for name, container in containers():
        for variable in container.get("env", []):
            assert variable["name"] in SETTINGS
            [source] = variable["valueFrom"].values()
            known = secrets[source["name"]] if "secretKeyRef" in variable["valueFrom"] else settings["data"]
            assert source["key"] in known
        for source in container.get("envFrom", []):
            assert source.get("secretRef", {}).get("name") in {*secrets, None}
        if name == "rasa":
            assert secrets[container["envFrom"][0]["secretRef"]["name"]].keys() == {"DATABASE_URL", "REDIS_URL"}
