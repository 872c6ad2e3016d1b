using System.CommandLine;
using System.Globalization;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Where Prometheus asks for the metrics.</summary>
internal static class MetricsArgument
{
    private const string Name = "--metrics";

    public static Option<string?> Option() => new(Name)
    {
        Description = "An address of its own for GET /metrics, which needs no key, in Prometheus' text. A collector (OTLP) is named by "
            + "OTEL_EXPORTER_OTLP_ENDPOINT in the environment. [default: none]",
        HelpName = "ADDRESS:PORT",
        CustomParser = static result =>
        {
            string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (!IsAddress(text))
            {
                result.AddError($"{Name}: '{text}' is not an address with a port such as 127.0.0.1:9464.");
            }

            return text;
        },
    };

    private static bool IsAddress(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out Uri? uri)
            && uri is { UserInfo: "", PathAndQuery: "/" };
    }
}
