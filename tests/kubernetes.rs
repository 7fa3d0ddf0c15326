//! The manifests of `deploy/kubernetes`: their command lines do what they say, and their numbers agree.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Nameserver, RunningNameserver, Service};

/// The zones of the manifests.
const ZONES: [&str; 3] = ["example.com", "example.net", "example.org"];

/// The objects of a manifest.
struct Manifest {
    objects: Vec<Value>,
}

/// A container of a manifest, with its volumes in a directory of this machine.
struct Container {
    spec: Value,
    directory: Arc<TempDir>,
    /// Where each path of the container is.
    mounts: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads a manifest, with the servers in it replaced by others.
    #[track_caller]
    fn read(name: &str, [primary, secondary]: [&RunningNameserver; 2]) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let text = text.replace("192.0.2.1", &primary.address().to_string());
        let text = text.replace("192.0.2.2", &secondary.address().to_string());
        let program = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
        let output = Command::new("/usr/bin/python3").args(["-c", program, &text]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { objects: serde_json::from_slice(&output.stdout).unwrap() }
    }

    #[track_caller]
    fn object(&self, kind: &str) -> &Value {
        let mut objects = self.objects.iter().filter(|object| object["kind"] == kind);
        objects.next().unwrap_or_else(|| panic!("there is no {kind}"))
    }

    /// The only container of a job or a set.
    #[track_caller]
    fn container(&self, kind: &str) -> Container {
        let object = self.object(kind);
        let pod = &object["spec"]["template"]["spec"];
        let [container] = pod["containers"].as_array().unwrap().as_slice() else { panic!("one container") };
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let mut mounts = BTreeMap::new();
        for mount in container["volumeMounts"].as_array().unwrap() {
            let name = mount["name"].as_str().unwrap();
            let path = directory.path().join(name);
            std::fs::create_dir(&path).unwrap();
            mounts.insert(mount["mountPath"].as_str().unwrap().to_owned(), path.to_str().unwrap().to_owned());
            let templates = object["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten();
            let templates = templates.map(|template| (&template["metadata"]["name"], template));
            let volumes = pod["volumes"].as_array().unwrap().iter().map(|volume| (&volume["name"], volume));
            let (_, volume) =
                volumes.chain(templates).find(|(it, _)| *it == name).expect("each volume is there");
            if volume["configMap"].is_null() {
                continue;
            }
            let map = self.object("ConfigMap");
            assert_eq!(volume["configMap"]["name"], map["metadata"]["name"]);
            for (file, text) in map["data"].as_object().unwrap() {
                std::fs::write(path.join(file), text.as_str().unwrap()).unwrap();
            }
        }
        Container { spec: container.clone(), directory, mounts }
    }
}

impl Container {
    /// Where a path of the container is on this machine.
    fn path(&self, path: &str) -> String {
        let (mount, rest) = self
            .mounts
            .iter()
            .find_map(|(mount, place)| Some((place, path.strip_prefix(mount.as_str())?)))
            .unwrap_or_else(|| panic!("{path} is in no volume"));
        format!("{mount}{rest}")
    }

    /// The arguments as Kubernetes expands them, with the values of variables that it sets itself.
    fn arguments(&self, set: &[(&str, usize)]) -> Vec<String> {
        assert_eq!(self.spec["command"], serde_json::json!(["zoneprobe"]));
        let mut variables: Vec<(String, String)> =
            set.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
        for variable in self.spec["env"].as_array().into_iter().flatten() {
            if let Some(value) = variable["value"].as_str() {
                variables.push((variable["name"].as_str().unwrap().to_owned(), value.to_owned()));
            }
        }
        let expanded = self.spec["args"].as_array().unwrap().iter().map(|argument| {
            let argument = argument.as_str().unwrap().to_owned();
            let argument = variables
                .iter()
                .fold(argument, |argument, (name, value)| argument.replace(&format!("$({name})"), value));
            assert!(!argument.contains("$("), "{argument}");
            // A path is behind the last `=`.
            match argument.rsplit_once('=') {
                Some((option, path)) if path.starts_with('/') => format!("{option}={}", self.path(path)),
                _ => argument,
            }
        });
        expanded.collect()
    }

    /// Runs it to its end, without any variables.
    fn run(&self, set: &[(&str, usize)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.args(self.arguments(set)).env_clear().current_dir("/").stdin(Stdio::null());
        command.output().unwrap()
    }
}

fn servers() -> [RunningNameserver; 2] {
    [(); 2].map(|()| Nameserver::new().zones(&ZONES.map(str::to_owned), 7).start())
}

#[test]
fn the_pods_of_a_sweep_have_a_row_for_each_line() {
    let [primary, secondary] = servers();
    let manifest = Manifest::read("sweep.yaml", [&primary, &secondary]);
    let container = manifest.container("Job");
    let spec = &manifest.object("Job")["spec"];
    let pods = usize::try_from(spec["completions"].as_u64().unwrap()).unwrap();
    assert_eq!((&spec["completionMode"], &spec["parallelism"]), (&"Indexed".into(), &spec["completions"]));
    let arguments = container.arguments(&[("JOB_COMPLETION_INDEX", 0)]);
    assert!(arguments.contains(&format!("--shard=0/{pods}")), "{arguments:?}");
    assert!(arguments.iter().any(|it| it.starts_with("--max-qps=") && it.ends_with(&format!("/{pods}"))));
    let list = container.path("/etc/zoneprobe/zones.jsonl");
    let mut lines = std::fs::read_to_string(&list).unwrap().lines().count();
    assert_eq!(lines, ZONES.len());
    let mut file = std::fs::File::options().append(true).open(&list).unwrap();
    for number in 0..40 {
        writeln!(file, "{{\"zone\":\"bad-{number}.test\",\"nope\":1}}\nbad-{number}.test,bad.test").unwrap();
        lines += 2;
    }
    let mut rows = Vec::new();
    for index in 0..pods {
        let output = container.run(&[("JOB_COMPLETION_INDEX", index)]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = std::fs::read_to_string(container.path(&format!("/rows/rows-{index}.ndjson"))).unwrap();
        rows.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    assert_eq!(rows.len(), lines);
    let in_sync: BTreeSet<_> = rows
        .iter()
        .filter(|row| row["verdict"] == "in_sync")
        .map(|row| row["zone"].as_str().unwrap())
        .collect();
    assert_eq!(in_sync.len(), ZONES.len(), "{in_sync:?}");
}

#[test]
fn a_pod_whose_list_cannot_be_read_is_not_tried_again() {
    let [primary, secondary] = servers();
    let manifest = Manifest::read("sweep.yaml", [&primary, &secondary]);
    let container = manifest.container("Job");
    std::fs::remove_file(container.path("/etc/zoneprobe/zones.jsonl")).unwrap();
    let code = container.run(&[("JOB_COMPLETION_INDEX", 1)]).status.code().unwrap();
    let rules = manifest.object("Job")["spec"]["podFailurePolicy"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["action"] == "FailIndex").unwrap();
    assert_eq!(rule["onExitCodes"]["values"], serde_json::json!([code]));
    assert_eq!(rule["onExitCodes"]["containerName"], container.spec["name"]);
}

#[test]
fn the_pods_of_serve_share_the_zones() {
    let [primary, secondary] = servers();
    let manifest = Manifest::read("serve.yaml", [&primary, &secondary]);
    let set = &manifest.object("StatefulSet")["spec"];
    let pods = usize::try_from(set["replicas"].as_u64().unwrap()).unwrap();
    let service = manifest.object("Service");
    assert_eq!(set["serviceName"], service["metadata"]["name"]);
    assert_eq!(set["selector"]["matchLabels"], set["template"]["metadata"]["labels"]);
    assert_eq!(set["selector"]["matchLabels"], service["spec"]["selector"]);
    let annotations = &set["template"]["metadata"]["annotations"];
    let mut zones = Vec::new();
    for index in 0..pods {
        let container = manifest.container("StatefulSet");
        let mut arguments = container.arguments(&[("SHARD", index)]);
        assert!(arguments.contains(&format!("--shard={index}/{pods}")), "{arguments:?}");
        let port = &container.spec["ports"][0]["containerPort"];
        assert_eq!(
            (&service["spec"]["ports"][0]["port"], annotations["prometheus.io/port"].as_str()),
            (port, Some(port.to_string().as_str()))
        );
        let listen = arguments.iter_mut().find(|it| **it == format!("--listen=0.0.0.0:{port}")).unwrap();
        "--listen=127.0.0.1:0".clone_into(listen);
        let configuration = std::fs::read_to_string(container.path("/etc/zoneprobe/zoneprobe.yaml")).unwrap();
        assert!(configuration.contains(&format!("zoneprobe-{index}.zoneprobe")), "{configuration}");
        assert!(configuration.contains(&format!("/{pods}}}")), "a part of max_qps for each: {configuration}");
        let pod = Service::with_arguments(&container.directory, &arguments).unwrap();
        let probed = |probe: &str| container.spec[probe]["httpGet"]["path"].as_str().unwrap().to_owned();
        let (ready, alive) = (probed("readinessProbe"), probed("livenessProbe"));
        assert_eq!(pod.get(&alive).status, 200);
        pod.until("ready", || pod.get(&ready).status == 200);
        let metrics = pod.get(annotations["prometheus.io/path"].as_str().unwrap()).text;
        assert!(
            metrics.contains(&format!("zoneprobe_shard_info{{shard=\"{index}\",shards=\"{pods}\"}} 1")),
            "{metrics}"
        );
        let targets: Value = serde_json::from_str(&pod.get("/sd").text).unwrap();
        let targets =
            targets.as_array().unwrap().iter().flat_map(|group| group["targets"].as_array().unwrap().clone());
        zones.extend(targets.map(|zone| zone.as_str().unwrap().to_owned()));
        assert!(Path::new(&container.path("/state/zoneprobe.redb")).exists());
    }
    zones.sort();
    assert_eq!(zones, ZONES);
}
