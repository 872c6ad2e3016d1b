using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>Kestrel in a process of its own, so that the client's processor time and allocations are the client's alone.</summary>
internal sealed class LoopbackServer : IDisposable
{
    public const string Verb = "serve";

    private const string Plain = "events";
    private const string WithIds = "ids";
    private const string Chunks = "chunks";
    private const int WriteBytes = 64 * 1024;

    private static readonly byte[] OneEventBytes = "id: 1\ndata: {}\n\n"u8.ToArray();

    private readonly Process _process;

    public LoopbackServer(Corpus corpus)
    {
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string origin = Origin();
        string chunks = Origin();
        string path = corpus.Name == Standard.TokenInChunks.Name ? $"{chunks}/{Chunks}"
            : $"{origin}/{(corpus.Name == Standard.CommandWithIds.Name ? WithIds : Plain)}";
        Events = new Uri(string.Create(CultureInfo.InvariantCulture, $"{path}/{corpus.Passes}"));
        OneEvent = new Uri($"{origin}/one");

        string Origin() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The server did not start.");
    }

    public Uri Events { get; }

    /// <summary>A stream that ends after one event.</summary>
    public Uri OneEvent { get; }

    /// <summary>The server's side: prints its origin and serves until its input ends.</summary>
    public static async Task ServeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using WebApplication app = builder.Build();
        app.MapGet($"/{Plain}/{{passes:int}}", static (int passes, HttpContext context) =>
            WriteAsync(context.Response, Standard.Command, passes));
        app.MapGet($"/{WithIds}/{{passes:int}}", static (int passes, HttpContext context) =>
            WriteAsync(context.Response, Standard.CommandWithIds, passes));
        app.MapGet("/one", static context =>
        {
            context.Response.ContentType = "text/event-stream";
            return context.Response.Body.WriteAsync(OneEventBytes).AsTask();
        });
        await app.StartAsync();
        using ChunkServer chunks = new(Standard.TokenInChunks);
        Console.WriteLine(app.Urls.First());
        Console.WriteLine(chunks.Start());
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task WriteAsync(HttpResponse response, Corpus corpus, int passes)
    {
        response.ContentType = "text/event-stream";
        ReadOnlyMemory<byte> bytes = corpus.Bytes;
        for (int pass = 0; pass < passes; pass++)
        {
            for (int at = 0; at < bytes.Length; at += WriteBytes)
            {
                await response.Body.WriteAsync(bytes.Slice(at, Math.Min(WriteBytes, bytes.Length - at)));
            }
        }
    }
}
