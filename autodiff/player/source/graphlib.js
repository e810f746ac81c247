// What the modules of dagre that are used need of graphlib; build.js puts it in graphlib's place.

import Graph from "./node_modules/@dagrejs/graphlib/lib/graph.js";
import postorder from "./node_modules/@dagrejs/graphlib/lib/alg/postorder.js";
import preorder from "./node_modules/@dagrejs/graphlib/lib/alg/preorder.js";

export { Graph };
export const alg = { postorder, preorder };
