import { render } from 'preact';

render(<main>Keyturn</main>, document.body);
