// Sets the theme before the first paint. A classic script in <head>, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const apply = () => {
    const choice = root.dataset.themeChoice;
    const theme = choice === "system" || !choice ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.bsTheme = theme;
  };

  window.mercuryTheme = {
    set(choice) {
      root.dataset.themeChoice = choice;
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `theme=${choice}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
      apply();
    },
    toggle() {
      this.set(root.dataset.bsTheme === "dark" ? "light" : "dark");
    },
  };

  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
})();
