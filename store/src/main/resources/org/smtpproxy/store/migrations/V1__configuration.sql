-- Tenants' tables: the tenant's id leads each primary key and index, but for the names that are unique over all
-- tenants. ${runtime} works for one tenant, which a transaction names; ${platform} works for the operator.
-- Text that is sealed or hashed is so before it gets here; the key's id is in each value.

create table installation (
    single boolean primary key default true check (single),
    master_key_fingerprint text not null
);

-- A counter row and not a sequence: whoever has it locked commits before the next one gets a number.
create table config_epoch (
    single boolean primary key default true check (single),
    epoch bigint not null,
    changes_kept_since bigint not null
);
insert into config_epoch (epoch, changes_kept_since) values (0, 0);

-- A row for each tenant that a change touched; without a tenant, a shared provider.
create table config_changes (
    epoch bigint not null,
    tenant_id text collate "C",
    resource text not null,
    at timestamptz not null default now()
);
create index config_changes_by_epoch on config_changes (epoch);

create table tenants (
    id text collate "C" primary key check (id ~ '^[a-z0-9-]{1,63}$'),
    name text,
    settings jsonb not null default '{}',
    secret_settings_sealed text,
    state text not null default 'active' check (state in ('active', 'suspended', 'deleted')),
    state_reason text,
    state_since timestamptz not null default now(),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index tenants_by_name on tenants (lower(coalesce(name, id)) collate "C", id);
create index tenants_by_state on tenants (state, id) where state <> 'active';

create table credentials (
    tenant_id text collate "C" not null references tenants on delete cascade,
    id text collate "C" not null,
    username text collate "C" not null,
    secret_kind text not null check (secret_kind in ('reference', 'keyed', 'argon2id')),
    secret text not null,
    previous_secret_kind text check (previous_secret_kind in ('reference', 'keyed', 'argon2id')),
    previous_secret text,
    previous_until timestamptz,
    disabled boolean not null default false,
    last_used_at timestamptz,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create unique index credentials_by_username on credentials (username);

create table providers (
    tenant_id text collate "C" not null references tenants on delete cascade,
    id text collate "C" not null,
    position int not null default 0,
    type text not null,
    settings_sealed text not null,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

-- grants: the tenants that may name it; null is every tenant.
create table shared_providers (
    id text collate "C" primary key,
    type text not null,
    grants text[],
    settings_sealed text not null,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- The whole list of a tenant, which is read, judged and replaced as one.
create table routes (
    tenant_id text collate "C" primary key references tenants on delete cascade,
    rules jsonb not null,
    version bigint not null default 1,
    updated_at timestamptz not null default now()
);

alter table config_changes enable row level security;
alter table tenants enable row level security;
alter table credentials enable row level security;
alter table providers enable row level security;
alter table shared_providers enable row level security;
alter table routes enable row level security;

create policy tenant on config_changes to ${runtime}
    using (tenant_id = current_setting('smtp_proxy.tenant', true));
create policy tenant on tenants to ${runtime} using (id = current_setting('smtp_proxy.tenant', true));
create policy tenant on credentials to ${runtime} using (tenant_id = current_setting('smtp_proxy.tenant', true));
create policy tenant on providers to ${runtime} using (tenant_id = current_setting('smtp_proxy.tenant', true));
create policy tenant on routes to ${runtime} using (tenant_id = current_setting('smtp_proxy.tenant', true));
create policy granted on shared_providers for select to ${runtime}
    using (current_setting('smtp_proxy.tenant', true) <> ''
        and (grants is null or current_setting('smtp_proxy.tenant', true) = any (grants)));

create policy platform on config_changes to ${platform} using (true);
create policy platform on tenants to ${platform} using (true);
create policy platform on credentials to ${platform} using (true);
create policy platform on providers to ${platform} using (true);
create policy platform on shared_providers to ${platform} using (true);
create policy platform on routes to ${platform} using (true);

grant usage on schema ${flyway:defaultSchema} to ${runtime}, ${platform};

grant select on installation to ${runtime}, ${platform};
grant select, update on config_epoch to ${runtime}, ${platform};
grant select, insert on config_changes to ${runtime};
grant select, insert, delete on config_changes to ${platform};
grant select, update (name, settings, secret_settings_sealed, version, updated_at) on tenants to ${runtime};
grant select, insert, update, delete on tenants to ${platform};
grant select, insert, update, delete on credentials, providers, routes to ${runtime}, ${platform};
grant select on shared_providers to ${runtime};
grant select, insert, update, delete on shared_providers to ${platform};
