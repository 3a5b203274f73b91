// Run once by the MongoDB image when its volume is empty. Each service may use its own database and no other; `deploy`,
// which migrates them, may use all five. The names are those of the broker's users.
const services = ["referrals", "pa_registry", "safeguarding", "ledger", "notifications"];

function password(name) {
  const variable = `STEWARD_PASSWORD_${name.toUpperCase()}`;
  if (!process.env[variable]) throw new Error(`${variable} is not set`);
  return process.env[variable];
}

const admin = db.getSiblingDB("admin");
for (const name of services) {
  const user = `svc-${name.replaceAll("_", "-")}`;
  admin.createUser({ user, pwd: password(name), roles: [{ role: "readWrite", db: `steward_${name}` }] });
}
admin.createUser({
  user: "deploy",
  pwd: password("deploy"),
  roles: services.flatMap((name) => [
    { role: "readWrite", db: `steward_${name}` },
    { role: "dbAdmin", db: `steward_${name}` },
  ]),
});
