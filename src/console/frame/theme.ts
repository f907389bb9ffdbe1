/** Colours and defaults. The shades are chosen for a contrast of at least 4.5 to 1 in both colour schemes. */
import { type CSSVariablesResolver, createTheme } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace:
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1.125rem" } } },
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
  },
});

/** `status-…` are the text and background of a status; see `components/status.tsx`. */
export const themeVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5a6169",
    "--mantine-color-placeholder": "#676e75",
    "--mantine-color-anchor": "#1864ab",
    "--mantine-color-error": "#c22525",
    "--surface": "#f6f7f9",
    "--good": "#17692f",
    "--good-back": "#e1f4e6",
    "--bad": "#b31f1f",
    "--bad-back": "#fde8e8",
    "--warn": "#8a4b00",
    "--warn-back": "#fdf0d9",
    "--busy": "#1a5fa3",
    "--busy-back": "#e3f0fd",
    "--calm": "#4e555c",
    "--calm-back": "#eceef0",
  },
  dark: {
    "--mantine-color-dimmed": "#a9adb3",
    "--mantine-color-placeholder": "#9a9ea4",
    "--mantine-color-anchor": "#74b8f5",
    "--mantine-color-error": "#ff8f8f",
    "--surface": "#1d1e20",
    "--good": "#86dd9f",
    "--good-back": "#163321",
    "--bad": "#ff9d9d",
    "--bad-back": "#451d1d",
    "--warn": "#f5c373",
    "--warn-back": "#3d2c10",
    "--busy": "#8cc6ff",
    "--busy-back": "#14304d",
    "--calm": "#c0c4c9",
    "--calm-back": "#34373b",
  },
});
