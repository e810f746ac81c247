// Makes ../player.js and ../player.css: one script and one style sheet, the same bytes on every machine.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const libraries = ["@dagrejs/dagre", "@dagrejs/graphlib"];
const notices = await Promise.all(
  libraries.map(async (name) => `${name}\n\n${(await readFile(`node_modules/${name}/LICENSE`, "utf8")).trim()}`),
);
const head = "The player's own source is beside this file, in source/. It holds these libraries:";
const banner = `/*! ${[head, ...notices].join("\n\n")}\n*/`;

await build({
  entryPoints: { player: "main.js" },
  outdir: "..",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "utf8",
  legalComments: "none",
  banner: { js: banner },
});
await build({
  entryPoints: { player: "style.css" },
  outdir: "..",
  minify: true,
  charset: "utf8",
});
