import { render } from "preact";
import { key } from "./client/key.js";
import { App } from "./shell/App.jsx";

key();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
