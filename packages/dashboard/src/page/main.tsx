import { render } from "preact";
import { askEarly } from "./client/early-run.js";
import { key } from "./client/key.js";
import { App } from "./shell/App.jsx";
import { pathParts } from "./shell/location.js";
import { preloadScreen } from "./shell/screens.js";

key();
void preloadScreen(pathParts.peek());
askEarly(pathParts.peek());
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
