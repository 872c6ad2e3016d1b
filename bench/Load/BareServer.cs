using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>What a hub is measured against: a server that knows no agent, and writes each of its streams a heartbeat, in a process of its
/// own.</summary>
internal static class BareServer
{
    public const string Verb = "bare-server";

    /// <summary>Prints its origin and serves until it is ended.</summary>
    public static async Task RunAsync(string heartbeatMilliseconds)
    {
        TimeSpan heartbeat = TimeSpan.FromMilliseconds(double.Parse(heartbeatMilliseconds, CultureInfo.InvariantCulture));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication application = builder.Build();
        application.MapGet("/health", static () => Results.Ok());
        application.MapGet("/api/internal/agent/events", context => BeatAsync(context, heartbeat));
        await application.StartAsync();
        Console.WriteLine($"Listening on {application.Urls.First()}");
        await Console.In.ReadToEndAsync();
    }

    private static async Task BeatAsync(HttpContext context, TimeSpan heartbeat)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.BodyWriter.WriteAsync(": connected\n"u8.ToArray(), context.RequestAborted);
        try
        {
            while (true)
            {
                await Task.Delay(heartbeat, context.RequestAborted);
                ": hb\n"u8.CopyTo(context.Response.BodyWriter.GetSpan(5));
                context.Response.BodyWriter.Advance(5);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The agent has gone.
        }
    }
}
