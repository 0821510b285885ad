#include "services/kube-adapter/kube/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using testing::HasSubstr;

constexpr char kCertificate[] = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";
// Base64 of "-----BEGIN X".
constexpr char kPemData[] = "LS0tLS1CRUdJTiBY";

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    char dir[] = "/tmp/er-kube-config-XXXXXX";
    ASSERT_NE(mkdtemp(dir), nullptr);
    dir_ = dir;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string Write(const std::string& name, const std::string& content) {
    std::string path = dir_ + "/" + name;
    std::ofstream(path) << content;
    return path;
  }
  // A kubeconfig with one of each, and these fields of cluster and user.
  absl::StatusOr<Config> Load(const std::string& cluster, const std::string& user,
                              const std::string& context = "") {
    return LoadKubeconfig(Write("config",
                                "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
                                "contexts:\n- name: main\n  context: {cluster: c, user: u}\n"
                                "- name: other\n  context: {cluster: c, namespace: team}\n"
                                "clusters:\n- name: c\n  cluster: {" +
                                    cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n"),
                          context);
  }
  static Credential Get(const Config& config) {
    return config.credentials->Fetch().value_or(Credential{});
  }

  std::string dir_;
};

TEST_F(ConfigTest, ReadsACurrentContext) {
  const auto config = Load(
      "server: 'https://k:6443/', tls-server-name: api, proxy-url: 'http://p:1'", "token: secret");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->server, "https://k:6443");
  EXPECT_EQ(config->tls_server_name, "api");
  EXPECT_EQ(config->proxy_url, "http://p:1");
  EXPECT_EQ(config->ns, "default");
  EXPECT_EQ(Get(*config).token, "secret");
}

TEST_F(ConfigTest, ReadsTheContextItIsTold) {
  const auto config = Load("server: 'https://k'", "token: secret", "other");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ns, "team");
  EXPECT_EQ(Get(*config), Credential{}) << "it names no user";
}

TEST_F(ConfigTest, ReadsCertificatesFromDataAndFromFilesBesideIt) {
  Write("ca.pem", kCertificate);
  Write("key.pem", "-----BEGIN KEY");
  const auto config =
      Load("server: 'https://k', certificate-authority: ca.pem",
           std::string("client-certificate-data: ") + kPemData + ", client-key: key.pem");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->certificate_authority, kCertificate);
  EXPECT_EQ(Get(*config).client_certificate, "-----BEGIN X");
  EXPECT_EQ(Get(*config).client_key, "-----BEGIN KEY");
}

TEST_F(ConfigTest, ReadsATokenFileAgainWhenItChanges) {
  const std::string path = Write("token", "one\n");
  const auto config = Load("server: 'https://k'", "tokenFile: token, token: ignored");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Get(*config).token, "one");
  // As the kubelet rotates: another file takes its place.
  std::filesystem::rename(Write("token.new", "second"), path);
  EXPECT_EQ((*config->credentials->Current())->token, "second");
  EXPECT_FALSE(config->credentials->Refused({.token = "second"}));
  EXPECT_TRUE(config->credentials->Refused({.token = "one"})) << "there is another by now";
  std::filesystem::remove(path);
  EXPECT_EQ((*config->credentials->Current())->token, "second") << "until there is a new one";
}

TEST_F(ConfigTest, NamesFileAndFieldOfWhatIsWrong) {
  struct Case {
    std::string cluster;
    std::string user;
    std::string field;
    std::string message;
  };
  const std::string server = "server: 'https://k'";
  const Case cases[] = {
      {"server: k", "", "clusters[0].cluster.server", "https://HOST:PORT"},
      {"", "", "clusters[0].cluster.server", "https://HOST:PORT"},
      {"server: [k]", "", "clusters[0].cluster.server", "a string"},
      {server + ", certificate-authority: none.pem", "",
       "clusters[0].cluster.certificate-authority", "none.pem"},
      {server + ", certificate-authority-data: '%%'", "",
       "clusters[0].cluster.certificate-authority-data", "base64"},
      {server + ", certificate-authority-data: eA==", "",
       "clusters[0].cluster.certificate-authority-data", "PEM"},
      {server + ", insecure-skip-tls-verify: maybe", "",
       "clusters[0].cluster.insecure-skip-tls-verify", "true or false"},
      {server + ", insecure-skip-tls-verify: true, certificate-authority-data: " + kPemData, "",
       "clusters[0].cluster.insecure-skip-tls-verify", "one of them"},
      {server + ", proxy-url: 'p'", "", "clusters[0].cluster.proxy-url", "socks5"},
      {server, "username: a, password: b", "users[0].user.username", "no passwords"},
      {server, "auth-provider: {name: gcp}", "users[0].user.auth-provider", "exec plugin"},
      {server, "as: root", "users[0].user.as", "not supported"},
      {server, "token: 'a b'", "users[0].user.token", "no token has"},
      {server, "tokenFile: none", "users[0].user.tokenFile", "none"},
      {server, std::string("client-certificate-data: ") + kPemData, "users[0].user.client-key",
       "missing"},
      {server, "token: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: x}",
       "users[0].user.exec", "one of them"},
      {server, "exec: {apiVersion: v1, command: x}", "users[0].user.exec.apiVersion", "v1beta1"},
      {server, "exec: {apiVersion: client.authentication.k8s.io/v1}", "users[0].user.exec.command",
       "missing"},
      {server,
       "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}",
       "users[0].user.exec.interactiveMode", "terminal"},
  };
  for (const Case& c : cases) {
    const absl::Status status = Load(c.cluster, c.user).status();
    EXPECT_EQ(Reason(status), "INVALID_CONFIG") << c.cluster << " / " << c.user;
    EXPECT_EQ(Field(status), c.field) << status;
    EXPECT_THAT(Message(status), HasSubstr(dir_ + "/config: " + c.field));
    EXPECT_THAT(Message(status), HasSubstr(c.message));
  }
}

TEST_F(ConfigTest, NamesWhatIsNotThere) {
  EXPECT_EQ(Field(Load("server: 'https://k'", "", "absent").status()), "contexts");
  EXPECT_EQ(Field(LoadKubeconfig(dir_ + "/none").status()), dir_ + "/none");
  EXPECT_EQ(Field(LoadKubeconfig(Write("empty", "")).status()), "current-context");
  EXPECT_EQ(Field(LoadKubeconfig(Write("list", "[a]")).status()), "");
  EXPECT_EQ(Reason(LoadKubeconfig(Write("list", "[a]")).status()), "INVALID_CONFIG");
  EXPECT_THAT(Message(LoadKubeconfig(Write("bad", "{a: ")).status()), HasSubstr("no YAML"));
}

TEST_F(ConfigTest, RunsAnExecPluginThatKnowsTheCluster) {
  Write("plugin",
        "#!/bin/sh\necho \"$KUBERNETES_EXEC_INFO\" > \"$OUT/info\"\n"
        "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",'\n"
        "echo '\"kind\":\"ExecCredential\",\"status\":{\"token\":\"'$1$WHO'\"}}'\n");
  std::filesystem::permissions(dir_ + "/plugin", std::filesystem::perms::owner_all);
  const auto config = Load(
      "server: 'https://k', extensions: [{name: client.authentication.k8s.io/exec, "
      "extension: {audience: me, level: 3, quoted: '3'}}]",
      "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [arg-], "
      "env: [{name: WHO, value: you}, {name: OUT, value: " +
          dir_ + "}], provideClusterInfo: true}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE((*config->credentials->Current()).has_value()) << "nothing was run yet";
  EXPECT_EQ(Get(*config).token, "arg-you");
  std::ifstream info(dir_ + "/info");
  const std::string told((std::istreambuf_iterator<char>(info)), {});
  EXPECT_THAT(told, HasSubstr(R"("server":"https://k")"));
  EXPECT_THAT(told, HasSubstr(R"("config":{"audience":"me","level":3,"quoted":"3"})"));
  EXPECT_THAT(told, HasSubstr(R"("interactive":false)"));
}

class InClusterTest : public ConfigTest {
 protected:
  void SetUp() override {
    ConfigTest::SetUp();
    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    paths_ = {Write("token", "t"), Write("ca.crt", kCertificate), Write("namespace", "er\n")};
  }
  void TearDown() override {
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
    ConfigTest::TearDown();
  }
  InClusterPaths paths_;
};

TEST_F(InClusterTest, ReadsWhatAPodIsGiven) {
  const auto config = InClusterConfig(paths_);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->server, "https://10.0.0.1:443");
  EXPECT_EQ(config->ns, "er");
  EXPECT_EQ(config->certificate_authority, kCertificate);
  EXPECT_EQ(Get(*config).token, "t");
}

TEST_F(InClusterTest, PutsAnIpv6AddressIntoBrackets) {
  setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  EXPECT_EQ(InClusterConfig(paths_)->server, "https://[fd00::1]:443");
}

TEST_F(InClusterTest, NamesTheFileThatIsWrong) {
  paths_.token = Write("token", " \n");
  EXPECT_EQ(Field(InClusterConfig(paths_).status()), paths_.token);
  paths_.certificate_authority = dir_ + "/none";
  EXPECT_EQ(Field(InClusterConfig(paths_).status()), dir_ + "/none");
}

TEST_F(InClusterTest, SaysThatThisIsNoPod) {
  unsetenv("KUBERNETES_SERVICE_HOST");
  const absl::Status status = LoadConfig("").status();
  EXPECT_EQ(Reason(status), "NOT_IN_CLUSTER");
  EXPECT_THAT(Message(status), HasSubstr("--kubeconfig"));
}

}  // namespace
}  // namespace eventreactor::kube
