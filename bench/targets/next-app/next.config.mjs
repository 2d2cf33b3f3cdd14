export default { serverExternalPackages: ['keyturn'] };
