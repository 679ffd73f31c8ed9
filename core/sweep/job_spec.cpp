// JobSpec to JSON and back, of the same parts as a sweep.
#include "core/sweep/job_spec.hpp"

#include "core/sweep/spec_json_parts.hpp"

namespace tarama {

using spec_json::Json;

namespace {

Json beginning_json(const Beginning& beginning) {
  return {{"run", beginning.run.value},
          {"steps", beginning.steps},
          {"trajectory", beginning.trajectory}};
}

void read_beginning(const Json& json, const char* key, std::optional<Beginning>& beginning) {
  if (const auto found = json.find(key); found != json.end()) {
    beginning = Beginning{.run = RunId{spec_json::whole(found->at("run"))},
                          .steps = spec_json::whole(found->at("steps")),
                          .trajectory = found->at("trajectory").get<std::string>()};
  }
}

void read_job(const Json& json, JobSpec& job) {
  job.run.value = spec_json::whole(json.at("run"));
  job.attempt.value = spec_json::whole(json.at("attempt"));
  job.run_key = json.at("run_key").get<std::string>();
  job.learner = json.at("learner").get<std::string>();
  spec_json::read(json.at("training"), job.training);
  spec_json::read(json.at("model"), job.model);
  spec_json::read(json.at("data"), job.data);
  spec_json::read(json.at("metric"), job.metric);
  spec_json::read(json.at("keep"), job.keep);
  spec_json::read_key(json, "sweep_seed", job.sweep_seed);
  spec_json::read_key(json, "seed", job.seed);
  spec_json::read_key(json, "committed_steps", job.committed_steps);
  spec_json::read_key(json, "committed_evals", job.committed_evals);
  if (json.contains("time_limit_ms")) {
    job.time_limit = std::chrono::milliseconds(spec_json::whole(json.at("time_limit_ms")));
  }
  spec_json::read_key(json, "data_fingerprint", job.data_fingerprint);
  spec_json::read_key(json, "model_fingerprint", job.model_fingerprint);
  read_beginning(json, "begins_with", job.begins_with);
  read_beginning(json, "keeps", job.keeps);
  spec_json::read(json, job.program);
  spec_json::read_key(json, "params", job.params);
}

}  // namespace

std::string to_json(const JobSpec& job) {
  Json json = {{"run", job.run.value},
               {"attempt", job.attempt.value},
               {"run_key", job.run_key},
               {"learner", job.learner},
               {"training", spec_json::of(job.training)},
               {"model", spec_json::of(job.model)},
               {"data", spec_json::of(job.data)},
               {"metric", spec_json::of(job.metric)},
               {"keep", spec_json::of(job.keep)},
               {"sweep_seed", job.sweep_seed},
               {"seed", job.seed},
               {"committed_steps", job.committed_steps},
               {"committed_evals", job.committed_evals},
               {"data_fingerprint", job.data_fingerprint},
               {"model_fingerprint", job.model_fingerprint}};
  if (job.time_limit) {
    json["time_limit_ms"] = static_cast<std::int64_t>(job.time_limit->count());
  }
  if (job.begins_with) {
    json["begins_with"] = beginning_json(*job.begins_with);
  }
  if (job.keeps) {
    json["keeps"] = beginning_json(*job.keeps);
  }
  if (job.program) {
    json["program"] = spec_json::of(*job.program);
    json["params"] = job.params;
  }
  return json.dump();
}

Result<JobSpec> job_spec_from_json(const std::string& text) {
  JobSpec job;
  const Result<void> read =
      spec_json::parse("job", text, [&](const Json& json) { read_job(json, job); });
  if (!read) {
    return read.error();
  }
  return job;
}

}  // namespace tarama
