// Makes ../player.js and ../player.css: one script and one style sheet, the same bytes on every machine.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const libraries = ["@dagrejs/dagre", "@dagrejs/graphlib"];
const licences = await Promise.all(
  libraries.map(async (name) => (await readFile(`node_modules/${name}/LICENSE`, "utf8")).trim()),
);
const head = "The player's own source is beside this file, in source/. It holds parts of";
const banner = `/*! ${head} ${libraries.join(" and ")}:\n\n${[...new Set(licences)].join("\n\n")}\n*/`;

const lessOfGraphlib = {
  name: "less of graphlib",
  setup({ onResolve }) {
    const path = fileURLToPath(new URL("graphlib.js", import.meta.url));
    onResolve({ filter: /^@dagrejs\/graphlib$/ }, () => ({ path }));
  },
};

await build({
  entryPoints: { player: "main.js" },
  outdir: "..",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: banner },
  plugins: [lessOfGraphlib],
});
await build({
  entryPoints: { player: "style.css" },
  outdir: "..",
  minify: true,
  charset: "utf8",
});
