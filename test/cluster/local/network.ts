/** The addresses inside the cluster. They are seen in its own network namespace only, so they never clash. */
export const network = {
  podRange: "10.88.0.0/16",
  nodeAddress: "10.88.0.1",
  serviceRange: "10.96.0.0/16",
  apiServiceAddress: "10.96.0.1",
  dnsAddress: "10.96.0.10",
  apiPort: 6443,
  etcdPort: 2379,
  etcdPeerPort: 2380,
  nodeName: "node-1",
} as const;
