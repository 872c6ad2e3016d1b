using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Audit;

namespace Unarr.ControlPlane.Operator;

/// <summary>Shows the last entries of the audit log.</summary>
internal sealed class AuditEndpoint(AuditLog log, OperatorAccess access)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/operator/audit", access.Guard(ShowAsync));

    private Task ShowAsync(HttpContext context)
    {
        int count = QueryCount.Of(context.Request, "limit", AuditLog.MaxEntries, AuditLog.MaxEntries);
        return JsonBody.WriteAsync(
            context, StatusCodes.Status200OK, new AuditListView(log.HasFile, log.Last(count)),
            ControlPlaneJsonContext.Default.AuditListView);
    }
}
