const config = {
  serverExternalPackages: ['keyturn'], // It loads its database drivers when it needs them.
};

export default config;
