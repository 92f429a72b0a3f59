/** L1.8: what the Operator Lifecycle Manager is told of images. */
import { listField } from "../../kube/fields.ts";
import type { Check } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { fail, given, notApplicable, pass, read } from "../verdicts.ts";

export const relatedImages: Check<Observation> = {
  id: "L1.8",
  title: "Related images listed",
  question: "Does the ClusterServiceVersion list the images it needs?",
  why: "a cluster without the internet mirrors what is listed, and nothing else",
  judge: ({ manager }) => {
    if (manager.kind === "kubectl-dbop")
      return notApplicable("kubectl-dbop is a command: nothing of it is installed by OLM");
    if (manager.claim.state !== "read" && manager.claim.notServed === true)
      return notApplicable("OLM is not in this cluster");
    return given(manager.claim, (claim) => {
      if (claim === undefined) return notApplicable("no ClusterServiceVersion owns its kind");
      const images = listField(claim["spec"], "relatedImages");
      const evidence = [read(claim, "spec.relatedImages", images.length)];
      if (images.length > 0) return pass("images are listed", evidence);
      return fail("no images are listed", evidence, "spec.relatedImages in the ClusterServiceVersion");
    });
  },
};
