/**
 * Odd training images of a run: which they are, how they are told and shown.
 *
 * @module
 */
import { toPicture } from "@/images/picture.ts";
import { loadPixels } from "@/lab/pictures.ts";
import type { ConditionResult } from "@/lab/run_conditions.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { plural } from "@/messages.ts";
import type { ReportSection } from "@/report/report.ts";
import { findOddImages } from "@/thresholds/odd_images.ts";

/** A training image that scores beyond what the others of its group let expect. */
export interface OddTrainingImage {
  /** Its path, as in `scores.csv`. */
  readonly image: string;
  /** Name of its group. */
  readonly group: string;
  /** Its calibration score. */
  readonly score: number;
  /** What the others let expect at most. */
  readonly limit: number;
}

/** Finds the odd training images of a run, the oddest first. */
export function oddTraining(
  { train }: Pick<Workbench, "train">,
  { memory: { detector, groups } }: Pick<ConditionResult, "memory">,
): OddTrainingImage[] {
  return findOddImages(detector.calibration).map(({ image: place, score, limit }) => {
    const { image, group } = detector.calibration[place]!;
    return { image: train[image]!.image, group: groups.names[group]!, score, limit };
  });
}

/** Says in one line which training images look odd; `null` if none does. */
export function describeOdd(
  odd: readonly OddTrainingImage[],
  { images }: { images: number },
): string | null {
  if (odd.length === 0) return null;
  const shown = odd.slice(0, 5).map((each) => `${each.image} (${ratioText(each)})`).join(", ");
  const more = odd.length > 5 ? ` and ${odd.length - 5} more` : "";
  return `${odd.length} of ${plural(images, "training image")} ${
    odd.length === 1 ? "looks" : "look"
  } odd: ${shown}${more}; DATASET.exclude leaves out those that it names.`;
}

/** Score ÷ limit in words. */
function ratioText({ score, limit }: OddTrainingImage): string {
  return limit === 0 ? "others score 0" : `${(score / limit).toFixed(2)} × its limit`;
}

/** Most pictures of odd images that a report shows. */
const mostShown = 12;

/** Shows odd training images in a report; nothing where there is none. */
export async function oddSections(
  workbench: Pick<Workbench, "train" | "config" | "dataset">,
  odd: readonly OddTrainingImage[],
): Promise<ReportSection[]> {
  const line = describeOdd(odd, { images: workbench.train.length });
  if (line === null) return [];
  const shown = odd.slice(0, mostShown);
  const samples = shown.map(({ image }) => workbench.train.find((each) => each.image === image)!);
  const pixels = await loadPixels(workbench, samples);
  const side = workbench.config.DATASET.imagesize;
  return [{
    heading: "Odd training images",
    text: `${line}\n\nEach scores beyond what the other images of its group let expect. One that ` +
      "shows a defect, or another product, raises the threshold of its group and hides defects; " +
      "a rare but good one should stay.",
    pictures: {
      pictures: shown.map((each, i) => ({
        picture: toPicture(pixels[i]!, side),
        caption: `${each.image.split("/").at(-1)}, ${each.group}\n${ratioText(each)}`,
      })),
      tile: 150,
    },
  }];
}
