/**
 * What the parts of the sample data's circuit board are made of.
 *
 * @module
 */
import type { Material } from "@/datasets/sample/surface.ts";

/** Bare copper, lightly gilded. */
export const copper: Material = { color: [0.83, 0.6, 0.28], metal: 1, roughness: 0.4 };

/** Solder and tinned metal. */
export const tin: Material = { color: [0.72, 0.73, 0.74], metal: 1, roughness: 0.28 };

/** White print. */
export const ink: Material = { color: [0.72, 0.73, 0.7], metal: 0, roughness: 0.8 };

/** Black plastic. */
export const epoxy: Material = { color: [0.022, 0.022, 0.025], metal: 0, roughness: 0.55 };

/** Brown ceramic. */
export const ceramic: Material = { color: [0.3, 0.2, 0.12], metal: 0, roughness: 0.5 };

/** Darkness in a hole. */
export const hole: Material = { color: [0.01, 0.01, 0.01], metal: 0, roughness: 1 };
