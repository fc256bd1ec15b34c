import "../styles/base.css";
import "../styles/parts.css";
import "../styles/overview.css";

import { render } from "preact";

import { Live } from "../data/live.ts";
import { applyTheme } from "../data/theme.ts";
import { App } from "./app.tsx";
import type { Overview } from "./overview.ts";

document.title = "Waybill network";
applyTheme();
const live = new Live<Overview>("/v1/events", "status");
void live.follow();
const page = document.getElementById("page");
if (page !== null) render(<App live={live} />, page);
