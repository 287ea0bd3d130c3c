/**
 * Silences ONNX Runtime: what goes wrong is thrown; it would also print it, with places in its own
 * source. To be imported wherever sessions are opened, for it counts from the first one on.
 *
 * @module
 */
import { env } from "onnxruntime-node";

env.logLevel = "fatal";
