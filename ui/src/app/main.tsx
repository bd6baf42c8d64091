/** Where the pages start. */

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme/mantine';
import './theme/tokens.css';
import './theme/base.css';
import { App } from './App';
import { language } from './language';

document.documentElement.lang = language;

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
