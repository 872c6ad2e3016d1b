using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Unarr.EndToEnd.Tests.Agent;
using Unarr.EndToEnd.Tests.Documents;
using Unarr.EndToEnd.Tests.Middleboxes;
using Unarr.Guides;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>The programs of the documents with the packages alone, on the runtime and as native programs, without a warning. Needs no
/// network: what the packages depend on is in NuGet's own cache.</summary>
[Collection(nameof(PackedTests))]
public sealed class ConsumerTests(PackedPackages packed) : IDisposable
{
    private const string ModelPage = "docs/read-a-model-stream.md";
    private const string EmbedPage = "docs/embed.md";
    private const string EventsPage = "docs/send-events.md";
    private const string BackendPage = "docs/own-backend.md";

    private const string NewConsole = "dotnet new console";
    private const string AddPipelines = "dotnet add package Unarr.Pipelines";
    private const string NewWorker = "dotnet new worker";
    private const string AddHosting = "dotnet add package Unarr.Agents.Downlink.Hosting";
    private const string NewWeb = "dotnet new web";
    private const string AddAspNetCore = "dotnet add package Unarr.Pipelines.AspNetCore";
    private const string ReadPrices = "curl -N http://localhost:5000/prices";
    private const string ChangePrice =
        "curl -d '{\"item\":\"tea\",\"cents\":250}' -H 'Content-Type: application/json' http://localhost:5000/prices";

    // What the document says in words for native programs.
    private const string ModelJson = """
        [System.Text.Json.Serialization.JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
        [System.Text.Json.Serialization.JsonSerializable(typeof(Question))]
        [System.Text.Json.Serialization.JsonSerializable(typeof(Chunk))]
        sealed partial class ModelJson : System.Text.Json.Serialization.JsonSerializerContext;
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-consumer-").FullName;
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(10));

    public void Dispose()
    {
        _deadline.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    [RunsInline(ModelPage, NewConsole)]
    [RunsInline(ModelPage, AddPipelines)]
    public async Task Reader_and_client_read_streams()
    {
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(context.Request.Method == "POST"
                ? "data: {\"choices\":[{\"delta\":{\"content\":\"Blue\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\".\"}}]}\n\n"
                    + "data: [DONE]\n\n"
                : ": hb\ndata: hello\n\nevent: other\ndata: x\n\ndata: world\n\n");
        });
        string reader = Edited(Scenario.Program("README.md", 0), ("https://example.com/events", $"{server.Url}/events"));
        string model = Scenario.Program(ModelPage, 0);
        Consumer consumer = new(Path.Combine(_folder, "reads"), packed.Feed);
        await consumer.CreateAsync(NewConsole, AddPipelines);

        await consumer.WriteAsync(("Reader", reader), ("Model", model));
        await AssertReadsAsync(await consumer.BuildAsync());

        NeedNative();
        string json = model.Split('\n').Single(line => line.StartsWith("var json = ", StringComparison.Ordinal));
        await consumer.WriteAsync(("Reader", reader), ("Model", ModelJson.Insert(0, Edited(
            model,
            (json, ""),
            ("options: json", "ModelJson.Default.Question"),
            ("(JsonTypeInfo<Chunk>)json.GetTypeInfo(typeof(Chunk))", "ModelJson.Default.Chunk")))));
        await AssertReadsAsync(await consumer.PublishNativeAsync());

        async Task AssertReadsAsync(string program)
        {
            Assert.Equal(
                "still alive\nhello\nworld", (await Dotnet.RunAsync(Dotnet.Command(program, _folder, "Reader"))).Trim());
            Assert.Equal("Blue.", await Dotnet.RunAsync(Dotnet.Command(program, _folder, "Model", $"{server.Url}/v1/")));
        }
    }

    [SkippableFact]
    [RunsInline(EmbedPage, NewWorker)]
    [RunsInline(EmbedPage, AddHosting)]
    [RunsInline(EventsPage, NewWeb)]
    [RunsInline(BackendPage, NewWeb)]
    [RunsInline("docs/index.md", NewWeb)]
    [RunsInline(EventsPage, AddAspNetCore)]
    [RunsInline(EventsPage, ReadPrices)]
    [RunsInline(EventsPage, ChangePrice)]
    public async Task Agents_and_backends_work_together()
    {
        Needs.Program("curl");
        using LoopbackPort port = new();
        string address = port.Address.GetLeftPart(UriPartial.Authority);
        await WriteAsync("keys.json", """{"operator":"operator-key","agents":{"agent-1":"key-1"}}""");
        await WriteAsync("agent-key", "key-1\n");

        Consumer agent = new(Path.Combine(_folder, "agent"), packed.Feed);
        await agent.CreateAsync(NewWorker, AddHosting);
        await agent.WriteAsync(
            ("Downlink", Edited(
                Scenario.Program("README.md", 1),
                ("\"https://control.example.com\"", $"\"{address}\""), (", new Uri(\"https://control2.example.com\")", ""))),
            ("Hosted", Scenario.Program(EmbedPage, 0)),
            ("OwnData", Scenario.Program(EmbedPage, 1)),
            ("Jobs", Edited(Scenario.Program(BackendPage, 1), ("http://localhost:8080", address))));
        Consumer backend = new(Path.Combine(_folder, "backend"), packed.Feed);
        await backend.CreateAsync(NewWeb, AddAspNetCore, "dotnet add package Unarr.Agents.Hub.Sqlite");
        await backend.WriteAsync(
            ("Hub", Scenario.Program(BackendPage, 0)),
            ("HubAlone", Scenario.Program("docs/hub.md", 0)),
            ("Events", Scenario.Program(EventsPage, 0)));

        await AssertServeAsync(await backend.BuildAsync(), await agent.BuildAsync(), address);
        NeedNative();
        await AssertServeAsync(await backend.PublishNativeAsync(), await agent.PublishNativeAsync(), address);
    }

    private async Task AssertServeAsync(string backend, string agent, string address)
    {
        await AssertPricesAsync(backend);
        foreach (string hub in (string[])["Hub", "HubAlone"])
        {
            await using GuideProcess served = Consumer.Start(backend, _folder, hub, "--urls", address);
            await served.WaitForAsync("Application started", _deadline.Token);
            string[] configured = [$"--Downlink:Servers:0={address}", "--Downlink:ApiKeyFile=agent-key", "--Downlink:AgentId=agent-1"];
            (string Scenario, string Says)[] agents = hub == "Hub"
                ? [("Jobs", "The limit is 500 bytes a second now"), ("Downlink", "set-limit , delete files: False")]
                : [("Hosted", "set-limit  over "), ("OwnData", "The downlink is live")];
            foreach ((string scenario, string says) in agents)
            {
                await using GuideProcess running = Consumer.Start(agent, _folder, [scenario, .. configured]);
                await SetLimitAsync(address);
                await running.WaitForAsync(says, _deadline.Token);
            }
        }
    }

    /// <summary>The bytes are those that the document shows.</summary>
    private async Task AssertPricesAsync(string backend)
    {
        using LoopbackPort port = new();
        string address = port.Address.GetLeftPart(UriPartial.Authority);
        await using GuideProcess served = Consumer.Start(backend, _folder, "Events", "--urls", address);
        await served.WaitForAsync("Application started", _deadline.Token);
        await using GuideProcess curl = new(Dotnet.Command(
            "bash", _folder, "-c", Edited(ReadPrices, ("http://localhost:5000", address))));
        string[] shown = DocumentCommands.Documents[EventsPage].Split("```text\n")[1].Split("\n\n")[0].Split('\n');
        await curl.WaitForAsync(shown[0], _deadline.Token);
        await Dotnet.RunAsync(Dotnet.Command("bash", _folder, "-c", Edited(ChangePrice, ("http://localhost:5000", address))));
        foreach (string line in shown[1..])
        {
            await curl.WaitForAsync(line, _deadline.Token);
        }
    }

    private async Task SetLimitAsync(string address)
    {
        using HttpClient desk = new();
        desk.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "operator-key");
        using HttpResponseMessage pushed = await desk.PutAsJsonAsync(
            $"{address}/agents/agent-1/limit", new { bytesPerSecond = 500 }, _deadline.Token);
        pushed.EnsureSuccessStatusCode();
    }

    private static void NeedNative()
    {
        Needs.Linux();
        Needs.Program("clang");
    }

    private static string Edited(string text, params (string From, string To)[] changes)
    {
        foreach ((string from, string to) in changes)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder, file), text, _deadline.Token);
}
