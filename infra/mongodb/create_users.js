// Run once by the MongoDB image when its volume is empty. Each service may use its own database and no other; the operator, who
// migrates them, may use all five.
const services = ["referrals", "pa_registry", "safeguarding", "ledger", "notifications"];

function password(name) {
  const value = process.env[`STEWARD_PASSWORD_${name.toUpperCase()}`];
  if (!value) throw new Error(`STEWARD_PASSWORD_${name.toUpperCase()} is not set`);
  return value;
}

const admin = db.getSiblingDB("admin");
for (const name of services) {
  admin.createUser({ user: name, pwd: password(name), roles: [{ role: "readWrite", db: `steward_${name}` }] });
}
admin.createUser({
  user: "operator",
  pwd: password("operator"),
  roles: services.flatMap((name) => [
    { role: "readWrite", db: `steward_${name}` },
    { role: "dbAdmin", db: `steward_${name}` },
  ]),
});
