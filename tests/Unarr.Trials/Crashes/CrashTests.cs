using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Sqlite;

namespace Unarr.EndToEnd.Tests.Crashes;

public sealed class CrashTests : IDisposable
{
    private const int Kills = 50;
    private const int Lanes = 2;

    // So many that the store commits some of them together.
    private const int UnderWay = 32;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-crash-");
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(10));
    private readonly string _keys;

    public CrashTests()
    {
        _keys = Path.Combine(_folder.FullName, "keys.json");
        File.WriteAllText(_keys, """{ "operator": "operator-key", "agents": { "a1": "agent-key" } }""");
    }

    public void Dispose()
    {
        _deadline.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Push_that_was_answered_is_delivered_however_often_the_process_is_killed()
    {
        int[] kills = await Task.WhenAll(
            Enumerable.Range(0, Lanes).Select(lane => KillAgainAndAgainAsync(Path.Combine(_folder.FullName, $"{lane}.db"), lane)));
        Assert.Equal(Kills, kills.Sum());
    }

    [Fact]
    public async Task File_that_cannot_be_the_store_is_one_line_and_exit_code_2()
    {
        (int exitCode, string error) = await ServeProcess.RunAsync(_deadline.Token, "--keys", _keys, "--store", _keys);
        Assert.Equal(2, exitCode);
        Assert.Equal($"--store: '{_keys}' cannot be used: it is not an SQLite database.", error.TrimEnd('\n'));
    }

    [Fact]
    public async Task Store_of_a_newer_version_is_one_line_and_exit_code_2()
    {
        string store = Path.Combine(_folder.FullName, "newer.db");
        using (SqliteConnection connection = SqliteControlFile.Open(store))
        {
            using SqliteCommand newer = connection.CreateCommand();
            newer.CommandText = $"PRAGMA user_version = {SqliteControlFile.SchemaVersion + 1}";
            newer.ExecuteNonQuery();
        }

        (int exitCode, string error) = await ServeProcess.RunAsync(_deadline.Token, "--keys", _keys, "--store", store);
        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"--store: '{store}' cannot be used: its schema has version {SqliteControlFile.SchemaVersion + 1}, "
                + $"and this program knows versions 1 to {SqliteControlFile.SchemaVersion} only.",
            error.TrimEnd('\n'));
    }

    private async Task<int> KillAgainAndAgainAsync(string store, int seed)
    {
        Random random = new(seed);
        HashSet<string> owed = [];
        HashSet<string> done = [];
        int answered = 0;
        for (int kill = 0; kill < Kills / Lanes; kill++)
        {
            await using ServeProcess process = await ServeProcess.StartAsync(_keys, store, _deadline.Token);
            using HttpClient client = new() { BaseAddress = process.Address };
            await AcknowledgeAsync(client, owed, done, owed.Where(_ => random.Next(2) == 0));

            // Some pushes are answered; others are under way at the moment of the kill, and may or may not have been taken.
            foreach (string id in await PushAsync(client))
            {
                owed.Add(id);
            }

            Task<string[]>[] underWay = [.. Enumerable.Range(0, UnderWay).Select(_ => PushAsync(client))];
            Task<string[]> first = await Task.WhenAny(underWay);
            await process.KillAsync();
            foreach (Task<string[]> push in underWay)
            {
                owed.UnionWith(await push.ContinueWith(
                    done => done.IsCompletedSuccessfully ? done.Result : [], TaskScheduler.Default));
            }

            Assert.True(first.IsCompletedSuccessfully);
            answered += underWay.Count(push => push.IsCompletedSuccessfully);
        }

        // At least one of each kill is; of those that were committed with it, some.
        Assert.InRange(answered, Kills / Lanes, (Kills / Lanes * UnderWay) - 1);

        await using ServeProcess last = await ServeProcess.StartAsync(_keys, store, _deadline.Token);
        using HttpClient lastClient = new() { BaseAddress = last.Address };
        await AcknowledgeAsync(lastClient, owed, done, owed);
        Assert.DoesNotContain(await SyncAsync(lastClient, []), done.Contains);
        return Kills / Lanes;
    }

    /// <summary>Looks whether all that is owed comes and nothing that is done, and acknowledges some.</summary>
    private async Task AcknowledgeAsync(HttpClient client, HashSet<string> owed, HashSet<string> done, IEnumerable<string> some)
    {
        string[] delivered = await SyncAsync(client, []);

        // What was taken without an answer is acknowledged too: it is not to fill the queue.
        string[] acknowledged = [.. some, .. delivered.Except(owed)];
        Assert.Empty(owed.Except(delivered));
        Assert.Empty(done.Intersect(delivered));
        Assert.Empty(acknowledged.Intersect(await SyncAsync(client, acknowledged)));
        owed.ExceptWith(acknowledged);
        done.UnionWith(acknowledged);
    }

    private async Task<string[]> SyncAsync(HttpClient client, string[] applied)
    {
        string list = string.Join(',', applied.Select(id => $"\"{id}\""));
        using JsonDocument answer = await PostAsync(
            client, "/api/internal/agent/sync", "agent-key", $$"""{"agentId":"a1","name":"n","appliedControls":[{{list}}]}""", 200);
        return [.. answer.RootElement.GetProperty("controls").EnumerateArray().Select(control => control.GetProperty("id").GetString()!)];
    }

    private async Task<string[]> PushAsync(HttpClient client)
    {
        using JsonDocument answer = await PostAsync(
            client, "/api/operator/agents/a1/controls", "operator-key",
            """[{"action":"pause","taskId":"t1"},{"action":"resume","taskId":"t1"}]""", 202);
        return [.. answer.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!)];
    }

    private async Task<JsonDocument> PostAsync(HttpClient client, string path, string key, string body, int status)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using HttpResponseMessage response = await client.SendAsync(request, _deadline.Token);
        Assert.Equal(status, (int)response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(_deadline.Token));
    }
}
