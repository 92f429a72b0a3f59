/** The template a StatefulSet makes its claims from. They carry our marks but no ownerReference: they outlive everything else. */
export interface ClaimTemplateWish {
  readonly labels: Readonly<Record<string, string>>;
  readonly size: string;
  /** Absent: the cluster's default. */
  readonly className: string | undefined;
}

export function claimTemplate({ labels, size, className }: ClaimTemplateWish): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", labels },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      ...(className === undefined ? {} : { storageClassName: className }),
    },
  };
}
