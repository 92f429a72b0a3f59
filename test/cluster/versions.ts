/** Every version the test cluster is made of. Nothing else in this folder names one. */
export const versions = {
  kubernetes: "1.34.4",
  /** The Kubernetes libraries' own numbering of the same release. */
  kubernetesLibraries: "0.34.4",
  coredns: "1.14.7",
  localPathProvisioner: "0.0.30",
  pause: "3.10",
  rclone: "1.75.1",
  /** What stands for Google's and Azure's stores. */
  fakeGcsServer: "1.56.1",
  azurite: "3.37.0",
  etcd: { "3.5": ["3.5.34", "3.5.35"], "3.6": "3.6.16", "3.7": "3.7.3" },
  /** The etcd behind the API server. */
  controlPlaneEtcd: "3.6.16",
} as const;

/** The Debian suites of which a server is taken, the older version first. What they hold, the programs say. */
export const debianSuites = { valkey: ["trixie", "sid"], redis: ["bookworm", "trixie"] } as const;

/** Two versions of Valkey for a cluster whose nodes pull their images. */
export const valkeyToPull = ["8.1.1", "9.1.2"] as const;

/** The same of Redis: one that Valkey reads, and one that it does not. */
export const redisToPull = ["7.0.15", "8.0.2"] as const;

/** Each etcd version of which the cluster holds an image. */
export const etcdImageVersions: readonly string[] = [
  ...versions.etcd["3.5"],
  versions.etcd["3.6"],
  versions.etcd["3.7"],
];

/** The images' official names, so that the product's default references resolve unchanged. */
export const imageNames = {
  pause: `registry.k8s.io/pause:${versions.pause}`,
  coredns: `registry.k8s.io/coredns/coredns:v${versions.coredns}`,
  localPathProvisioner: `docker.io/rancher/local-path-provisioner:v${versions.localPathProvisioner}`,
  /** Debian's busybox-static under the name that promises no number. */
  busybox: "docker.io/library/busybox:stable",
  busyboxLatest: "docker.io/library/busybox:latest",
  rclone: `docker.io/rclone/rclone:${versions.rclone}`,
  fakeGcsServer: `docker.io/fsouza/fake-gcs-server:${versions.fakeGcsServer}`,
  azurite: `mcr.microsoft.com/azure-storage/azurite:${versions.azurite}`,
  etcd: (version: string): string => `gcr.io/etcd-development/etcd:v${version}`,
  valkey: (version: string): string => `docker.io/valkey/valkey:${version}`,
  redis: (version: string): string => `docker.io/library/redis:${version}`,
} as const;
