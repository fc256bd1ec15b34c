import { render } from "preact";
render(<p>overview</p>, document.body);
