/**
 * The checks that every database is asked (engines.md §9), in order of their ids. One concern a file, a folder a level. What only one engine is
 * asked is in its own folder. Everything here is pure: an observation becomes answers.
 */
import { anomalies } from "./autopilot/anomalies.ts";
import { healing } from "./autopilot/healing.ts";
import { placement } from "./autopilot/placement.ts";
import { growing, shrinking } from "./autopilot/scaling.ts";
import { tuning } from "./autopilot/tuning.ts";
import type { Check } from "./finding.ts";
import { alerts, runbooks, severities } from "./insights/alerts.ts";
import { events, ownEvents } from "./insights/events.ts";
import { health } from "./insights/health.ts";
import { endpoint, performance } from "./insights/metrics.ts";
import { configuration, definition, image } from "./install/configuration.ts";
import { orderlyChange } from "./install/disruption.ts";
import { documents } from "./install/documents.ts";
import { relatedImages } from "./install/olm.ts";
import { running } from "./install/running.ts";
import { progress, status } from "./install/status.ts";
import { access } from "./lifecycle/access.ts";
import { backup, drill } from "./lifecycle/backups.ts";
import { orderedChange, scaling, strategy } from "./lifecycle/change.ts";
import { liveness, readiness } from "./lifecycle/probes.ts";
import { budget, quorum } from "./lifecycle/quorum.ts";
import { resources } from "./lifecycle/resources.ts";
import { storage } from "./lifecycle/storage.ts";
import type { Observation } from "./observation.ts";
import { manager } from "./upgrades/manager.ts";
import { nonDisruptive } from "./upgrades/non-disruptive.ts";
import { gates, path } from "./upgrades/path.ts";
import { told } from "./upgrades/told.ts";

export const checks: readonly Check<Observation>[] = [
  ...[definition, configuration, image, orderlyChange, progress, status, documents, relatedImages, running],
  ...[path, manager, nonDisruptive, told, gates],
  ...[backup, drill, orderedChange, quorum, scaling, liveness, readiness, strategy, budget, resources, storage, access],
  ...[endpoint, alerts, runbooks, severities, events, ownEvents, performance, health],
  ...[growing, shrinking, healing, tuning, placement, anomalies],
];
