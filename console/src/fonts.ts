/** Noto Sans SC in unicode ranges: the browser fetches only the ranges that a page shows. Loaded apart from the first script. */
import '@fontsource/noto-sans-sc/400.css';
import '@fontsource/noto-sans-sc/500.css';
import '@fontsource/noto-sans-sc/700.css';
