declare module '*.css';
/** Made by the build: imports every module in src/widgets/kinds. */
declare module 'trainer:kinds';
