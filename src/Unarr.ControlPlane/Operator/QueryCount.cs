using System.Globalization;
using Unarr.Agents.Hub.Web;

namespace Unarr.ControlPlane.Operator;

/// <summary>A number in a request's query.</summary>
internal static class QueryCount
{
    /// <summary>The number; a default where the query does not have it.</summary>
    /// <exception cref="RequestException">It is not 1 to the bound; the message names the bound.</exception>
    public static int Of(HttpRequest request, string name, int @default, int most) => request.Query[name] switch
    {
        [] => @default,
        [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count >= 1 && count <= most => count,
        _ => throw new RequestException(
            StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"\"{name}\" is a number from 1 to {most}.")),
    };
}
