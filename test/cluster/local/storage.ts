import { imageNames } from "../versions.ts";

const namespace = "local-path-storage";
const name = "local-path-provisioner";
const rbac = "rbac.authorization.k8s.io";

/** The class of claims that name none. */
export function standardStorageClass(): object {
  return storageClass("standard", "rancher.io/local-path", {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  });
}

/** A class whose claims may ask to grow. Nothing resizes them: a test plays the resizer. */
export function expandableStorageClass(provisioner: string): object {
  return storageClass("expandable", provisioner, { allowVolumeExpansion: true });
}

function storageClass(className: string, provisioner: string, more: object): object {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: className },
    provisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    ...more,
  };
}

/** What makes a volume a folder of the node: the provisioner kind uses too, as its project deploys it. */
export function localPathProvisioner(volumesFolder: string): readonly object[] {
  const account = { kind: "ServiceAccount", name, namespace };
  const write = ["get", "list", "watch", "create", "patch", "update", "delete"];
  const rules = [
    { apiGroups: [""], resources: ["nodes", "persistentvolumeclaims", "configmaps"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["persistentvolumes"], verbs: write },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
  ];
  const podRules = [{ apiGroups: [""], resources: ["pods"], verbs: write }];
  const labels = { app: name };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata: { name, namespace }, rules: podRules },
    { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: { name, namespace },
      roleRef: { apiGroup: rbac, kind: "Role", name },
      subjects: [account],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
      subjects: [account],
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "local-path-config", namespace },
      data: provisionerConfig(volumesFolder),
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: provisionerPod() } },
    },
  ];
}

function provisionerConfig(volumesFolder: string): Record<string, string> {
  const paths = [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [volumesFolder] }];
  const helper = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: {
      priorityClassName: "system-node-critical",
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "helper-pod", image: imageNames.busybox, imagePullPolicy: "IfNotPresent" }],
    },
  };
  return {
    "config.json": JSON.stringify({ nodePathMap: paths }),
    // 0777: a folder of the node takes no fsGroup, and pods run as users of their own.
    setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
    teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
    "helperPod.yaml": JSON.stringify(helper),
  };
}

function provisionerPod(): object {
  return {
    serviceAccountName: name,
    priorityClassName: "system-cluster-critical",
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name,
        image: imageNames.localPathProvisioner,
        imagePullPolicy: "IfNotPresent",
        command: ["local-path-provisioner", "start", "--config", "/etc/config/config.json"],
        args: ["--service-account-name", name, "--worker-threads", "10"],
        volumeMounts: [{ name: "config", mountPath: "/etc/config/" }],
        env: [
          { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
          { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" },
        ],
      },
    ],
    volumes: [{ name: "config", configMap: { name: "local-path-config" } }],
  };
}
