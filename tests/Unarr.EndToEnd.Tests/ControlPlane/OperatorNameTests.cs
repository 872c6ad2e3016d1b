using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Hub.Keys;
using Unarr.ControlPlane.Operator;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class OperatorNameTests
{
    private static readonly Dictionary<string, string> Agents = new() { ["a1"] = RunningControlPlane.KeyOf("a1") };

    [Fact]
    public void Keys_file_names_operators_and_the_first_one_is_called_operator()
    {
        ApiKeys keys = KeyFile.Parse(Encoding.UTF8.GetBytes(
            """{"operator":"k0","agents":{"a1":"k1"},"operators":{"alice":"k2","bob":"k3"}}"""));
        Assert.Equal(["operator", "alice", "bob"], keys.Operators);
        Assert.Equal(["operator", null, "alice", "bob", null], ((string[])["k0", "k1", "k2", "k3", ""]).Select(keys.FindOperator));
        Assert.Equal("bob", keys.FindProver(keys.ProofOf("bob", "token"), "token"));
        Assert.Null(keys.FindProver(keys.ProofOf("bob", "token"), "other"));
    }

    [Theory]
    [InlineData("a/b", "k2", "is not an operator's name")]
    [InlineData("operator", "k2", "is the name of the first operator")]
    [InlineData("alice", "k0", "have the same key")]
    [InlineData("alice", "k1", "has the key of operator 'alice'")]
    [InlineData("alice", "k 2", "is not 1 to 1,024 visible ASCII characters")]
    public void Operator_that_cannot_be_one_is_refused_without_its_key(string name, string key, string reason)
    {
        FormatException refusal = Assert.Throws<FormatException>(() => new ApiKeys(
            "k0", new Dictionary<string, string> { ["a1"] = "k1" }, new Dictionary<string, string> { [name] = key }));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Digest_of_keys_without_further_operators_is_what_it_was()
    {
        Assert.Equal(new ApiKeys("k0", Agents).Digests, new ApiKeys("k0", Agents, new Dictionary<string, string>()).Digests);
        Assert.NotEqual(new ApiKeys("k0", Agents).Digests, With("alice", "k2").Digests);
        Assert.NotEqual(With("alice", "k3").Digests, With("alice", "k2").Digests);
    }

    [Fact]
    public async Task User_of_a_request_is_the_operator_by_name_for_a_key_and_for_a_session()
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with
        {
            Keys = With("alice", "alice-key"),
            Logging = logging => logging.AddProvider(log),
        });
        using OperatorSession session = new(plane);
        using HttpResponseMessage signedIn = await session.SignInAsync("alice-key");
        string cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie")).Split(';')[0];
        Assert.Single(lines, "The operator alice signed in from 127.0.0.1");

        Assert.Equal("alice", UserOf(plane, "Cookie", cookie));
        Assert.Equal("alice", UserOf(plane, "Authorization", "Bearer alice-key"));
        Assert.Equal("operator", UserOf(plane, "Authorization", $"Bearer {RunningControlPlane.OperatorKey}"));
    }

    [Fact]
    public async Task Session_ends_with_its_own_operator_s_key_and_no_other_s()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { Keys = With("alice", "alice-key") });
        using OperatorSession first = new(plane);
        using OperatorSession alice = new(plane);
        await first.SignInAsync();
        using (HttpResponseMessage signedIn = await alice.SignInAsync("alice-key"))
        {
            alice.Cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie")).Split(';')[0];
        }

        Assert.Equal(200, await alice.StatusAsync(HttpMethod.Get, "/api/operator/agents", null));
        plane.Host.UseKeys(With("alice", "another-key"));
        Assert.Equal(401, await alice.StatusAsync(HttpMethod.Get, "/api/operator/agents", null));
        Assert.Equal(200, await first.StatusAsync(HttpMethod.Get, "/api/operator/agents", null));
    }

    private static ApiKeys With(string name, string key) =>
        new(RunningControlPlane.OperatorKey, Agents, new Dictionary<string, string> { [name] = key });

    private static string? UserOf(RunningControlPlane plane, string header, string value)
    {
        DefaultHttpContext context = new();
        context.Request.Method = HttpMethods.Get;
        context.Request.Headers[header] = value;
        plane.Host.Services.GetRequiredService<OperatorAccess>().Demand(context);
        return context.User.FindFirstValue(ClaimTypes.Name);
    }
}
