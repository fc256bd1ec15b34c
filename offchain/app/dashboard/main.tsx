import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/plot.css";

import { render } from "preact";

import { App } from "./app.tsx";
import { live } from "./data/relay.ts";
import { applyTheme } from "./data/theme.ts";

applyTheme();
void live.follow();
const page = document.getElementById("page");
if (page !== null) render(<App />, page);
