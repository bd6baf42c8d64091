/** Mantine dressed in our tokens. */

import { Button, type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** From pale to deep; 6 is the accent on light paper, 4 on dark. */
const accent: MantineColorsTuple = [
  '#fdf1ee',
  '#f8dfd9',
  '#f2c0b5',
  '#ee9c8a',
  '#ef7a60',
  '#dc5b41',
  '#c8432b',
  '#ad3722',
  '#8f2d1c',
  '#6f2417',
];

/** The one loud button: its ink must be readable on the accent of either scheme. */
const filled = {
  '--button-bg': 'var(--accent)',
  '--button-color': 'var(--on-accent)',
  '--button-hover': 'color-mix(in oklab, var(--accent) 90%, var(--ink))',
};

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  primaryColor: 'accent',
  colors: { accent },
  primaryShade: { light: 6, dark: 4 },
  black: '#1d1b18',
  white: '#fffefb',
  defaultRadius: 10,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      vars: (_, { variant = 'filled' }) => ({ root: variant === 'filled' ? filled : {} }),
    }),
  },
});

const fromTokens = {
  '--mantine-color-body': 'var(--paper)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-2)',
  '--mantine-color-default': 'var(--card)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-color-disabled': 'color-mix(in oklab, var(--ink) 7%, var(--card))',
  '--mantine-color-disabled-color': 'color-mix(in oklab, var(--ink-2) 65%, var(--card))',
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: fromTokens,
  dark: fromTokens,
});
