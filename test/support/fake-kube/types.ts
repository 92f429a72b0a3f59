/** The kinds the fake itself works with. */
import { types, type ResourceType } from "../../../src/kube/objects.ts";

export const crdType: ResourceType = types.crd;
export const storageClassType: ResourceType = types.storageClass;
export const podType: ResourceType = types.pod;
export const claimType: ResourceType = types.claim;
export const secretType: ResourceType = types.secret;
export const configMapType: ResourceType = types.configMap;
export const jobType: ResourceType = types.job;
export const setType: ResourceType = types.statefulSet;
export const namespaceType: ResourceType = types.namespace;
export const budgetType: ResourceType = types.podDisruptionBudget;
