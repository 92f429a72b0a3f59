/** etcd's authorities, as `resources/tls/authorities.ts` keeps them. */
import type { AuthorityPlace, Authorities as AuthoritiesOf } from "../../../resources/tls/authorities.ts";
import type { Pair } from "../../../resources/tls/issue.ts";
import { authoritySecretName, owner } from "../names.ts";
import type { EtcdSpec } from "../spec.ts";

/** Clients and servers trust one authority, members among themselves another: a client's certificate must not be able to join. */
export type Generation = Readonly<Record<"client" | "peer", Pair>>;
export type Authorities = AuthoritiesOf<Generation>;

export function authoritiesOf(spec: EtcdSpec): AuthorityPlace<Generation> {
  const whose = `${spec.name}.${spec.namespace}`;
  return {
    owner: owner(spec),
    secretName: authoritySecretName(spec),
    create: async (make) => {
      const [client, peer] = await Promise.all([make(`${whose} client CA`), make(`${whose} peer CA`)]);
      return { client, peer };
    },
    pairs: ({ client, peer }) => [
      ["client-ca", client],
      ["peer-ca", peer],
    ],
    read: (pair) => ({ client: pair("client-ca"), peer: pair("peer-ca") }),
  };
}
